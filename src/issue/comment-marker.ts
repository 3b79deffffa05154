/** The hidden line by which a comment is found again after a restart: `<!-- dandori:{training_id}:{kind}:{key} -->`. */
export function commentMarker(trainingId: string, kind: string, key: string | number): string {
  // `--` would end the HTML comment early; none of the parts has another sign that could.
  const safe = (text: string): string => text.replaceAll(/[^A-Za-z0-9/._-]/g, '_').replaceAll('--', '__');
  return `<!-- dandori:${safe(trainingId)}:${safe(kind)}:${safe(String(key))} -->`;
}
