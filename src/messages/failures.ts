import type { Language } from '../contracts/request.js';
import { codeOf, DandoriError, type ErrorCode, type ErrorDetails, messageOf } from '../errors.js';

/** One failure in both languages: English in the parts of a DandoriError, Japanese whole. */
export interface FailureText {
  en: { what: string } & Pick<ErrorDetails, 'found' | 'allowed' | 'next'>;
  ja: string;
}

/**
 * The error for a text of a catalogue. English is what the log, the command line and MCP say; Japanese goes with it to wherever
 * people are told of the failure.
 */
export function failure(
  code: ErrorCode,
  { en: { what, ...details }, ja }: FailureText,
  more: Pick<ErrorDetails, 'data' | 'cause'> = {},
): DandoriError {
  return new DandoriError(code, what, { ...details, ...more, ja });
}

/** What an error without a Japanese text of its own comes to; what it says itself stands behind it as it is. */
const kinds: Record<ErrorCode, string> = {
  invalid_request: 'リクエストを処理できません。',
  invalid_input: '入力内容を処理できません。',
  not_found: '必要なものが見つかりません。',
  already_exists: 'すでに存在しています。',
  not_allowed: 'この操作は許可されていません。',
  wrong_state: '現在の状態では実行できません。',
  not_yet: 'まだ対応していません（予定）。',
  unusable_data: 'データを使用できません。',
  limit_exceeded: '上限を超えました。',
  job_failed: 'ジョブが失敗しました。',
  cancelled: 'キャンセルされました。',
  conflict: 'ほかの変更と競合しました。',
  locked: 'ほかの処理が使用中です。',
  unavailable: '一時的に利用できません。',
  corrupt: 'ファイルまたは保存データが壊れているか、想定と異なります。',
  internal: '内部エラーが発生しました。',
};

/** Japanese for an English text that has none of its own: what kind of failure it is, and the text itself as a quotation. */
export function quotedInJapanese(code: ErrorCode, english: string): string {
  return `${kinds[code]}詳細（原文）: ${english}`;
}

/** What anything thrown says to people who read this language. */
export function textOf(error: unknown, language: Language): string {
  const english = messageOf(error);
  if (language === 'en') return english;
  const own = error instanceof DandoriError ? error.details.ja : undefined;
  return own ?? quotedInJapanese(codeOf(error), english);
}
