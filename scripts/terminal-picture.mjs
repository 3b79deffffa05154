// Draws the text of a terminal (standard input) as a PNG: node scripts/terminal-picture.mjs TITLE OUT.png < output.txt
import { readFileSync, writeFileSync } from 'node:fs';
import { Resvg } from '@resvg/resvg-js';

const columns = 112;
const [fontSize, charWidth, lineHeight, margin, titleHeight] = [15, 9.03, 21, 22, 40];
const [title = '', path = 'terminal.png'] = process.argv.slice(2);
const colours = { '✔': '#4ac26b', '✘': '#ff7b72', $: '#79c0ff' };

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function wrapped(line) {
  const parts = line.match(new RegExp(`.{1,${columns}}`, 'gu'));
  return parts ?? [''];
}

function textOf(line, row) {
  const y = titleHeight + margin + row * lineHeight;
  const mark = colours[line[0]];
  const first = mark === undefined ? '' : `<tspan fill="${mark}">${escape(line[0])}</tspan>`;
  const rest = escape(mark === undefined ? line : line.slice(1)).replace(
    / {2}pass$/,
    '  <tspan fill="#4ac26b">pass</tspan>',
  );
  return `<text x="${margin}" y="${y}" xml:space="preserve">${first}${rest}</text>`;
}

const lines = readFileSync(0, 'utf8').trimEnd().split('\n').flatMap(wrapped);
const width = Math.ceil(columns * charWidth + 2 * margin);
const height = titleHeight + 2 * margin + (lines.length - 1) * lineHeight + 4;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="10" fill="#0d1117"/>
<path d="M0 ${titleHeight - 6}h${width}" stroke="#30363d"/>
<g fill="#30363d"><circle cx="24" cy="17" r="6"/><circle cx="44" cy="17" r="6"/><circle cx="64" cy="17" r="6"/></g>
<g font-family="DejaVu Sans Mono, Menlo, monospace" font-size="${fontSize}" fill="#e6edf3">
<text x="${width / 2}" y="22" text-anchor="middle" font-size="13" fill="#8b949e">${escape(title)}</text>
${lines.map(textOf).join('\n')}
</g></svg>`;
writeFileSync(path, new Resvg(svg, { fitTo: { mode: 'zoom', value: 1.5 } }).render().asPng());
