// An issue of the fake GitHub as a page: GitHub's Markdown, its style sheet and Mermaid, laid out as people know it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const labelColours = {
  'mlops:train': ['#ddf4ff', '#0969da'],
  'mlops:running': ['#fff8c5', '#7d4e00'],
  'mlops:waiting': ['#fbefff', '#8250df'],
  'mlops:deployed': ['#dafbe1', '#1a7f37'],
};

const style = `
body { margin: 0; padding: 24px 32px; background: #fff; font-family: "DejaVu Sans", "Noto Color Emoji", sans-serif; color: #1f2328; }
.markdown-body { font-size: 13px; font-family: inherit; }
h1.title { font-size: 28px; font-weight: 400; margin: 0 0 8px; } h1.title span { color: #59636e; }
.state { display: inline-block; background: #1f883d; color: #fff; border-radius: 999px; padding: 5px 12px; font-size: 14px; font-weight: 500; margin-right: 8px; }
.labels { margin: 10px 0 18px; } .label { display: inline-block; border-radius: 999px; padding: 1px 9px; font-size: 12px; font-weight: 500; margin-right: 6px; border: 1px solid; }
.post { position: relative; margin: 0 0 16px 56px; border: 1px solid #d1d9e0; border-radius: 6px; }
.avatar { position: absolute; left: -56px; top: 0; width: 40px; height: 40px; border-radius: 50%; color: #fff; font-size: 18px; font-weight: 600; text-align: center; line-height: 40px; }
.by { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; padding: 8px 16px; font-size: 14px; color: #59636e; } .by b { color: #1f2328; }
.by .bot { border: 1px solid #d1d9e0; border-radius: 999px; font-size: 12px; padding: 0 6px; margin-left: 4px; }
.body { padding: 16px; } .first .body { max-height: 430px; overflow: hidden; position: relative; }
.first .body::after { content: ""; position: absolute; inset: auto 0 0 0; height: 90px; background: linear-gradient(#fff0, #fff); border-radius: 6px; }
.reactions { padding: 0 16px 14px; } .reactions span { border: 1px solid #d1d9e0; border-radius: 999px; padding: 3px 9px; font-size: 13px; }
.markdown-body pre { overflow: hidden; }
.mermaid { background: #fff !important; text-align: center; } .mermaid svg { max-width: 100% !important; }
`;

const signs = { '+1': '👍', '-1': '👎', heart: '❤️', eyes: '👀' };

function postOf({ author, isApp, edited, body, reactions }, html, isFirst) {
  const seen = reactions.map(({ content, count }) => `<span>${signs[content] ?? ''} ${count}</span>`).join(' ');
  const [colour, bot] = isApp ? ['#0969da', '<span class="bot">bot</span>'] : ['#bf5b04', ''];
  const what = isFirst ? 'opened' : 'commented';
  return `<div class="post ${isFirst ? 'first' : ''}"><div class="avatar" style="background:${colour}">${escaped(author[0].toUpperCase())}</div>
<div class="by"><b>${escaped(author)}</b>${bot} ${what} now${edited ? ' · edited' : ''}</div>
<div class="body markdown-body">${html(body)}</div>${seen === '' ? '' : `<div class="reactions">${seen}</div>`}</div>`;
}

/** Pictures that the comment names in the repository, from the story. */
function withPictures(html, pictures) {
  return html.replaceAll(/src="([^"]+)"/g, (all, address) => {
    const path = Object.keys(pictures).find(
      (one) => address.endsWith(`/${one}`) || address.endsWith(`/${one}?raw=true`),
    );
    return path === undefined ? all : `src="${pictures[path]}"`;
  });
}

/** The page of one moment of the story: the comments that one of the patterns matches, with `head` the title and the issue's own text too. */
export async function pageOf(story, { moment, posts, head, packages }) {
  const require = createRequire(join(packages, 'package.json'));
  const { marked } = await import(pathToFileURL(require.resolve('marked')).href);
  const { number, title, labels, posts: all } = story[moment];
  const render = (body) => withPictures(marked.parse(body, { gfm: true, breaks: true }), story.pictures);
  const chosen = all.filter(({ body }, at) => (at === 0 ? head : posts.some((one) => one.test(body))));
  if (chosen.length < posts.length + (head ? 1 : 0))
    throw new Error(`The issue has not all that ${moment} is to show.`);
  const css = readFileSync(join(packages, 'node_modules', 'github-markdown-css', 'github-markdown-light.css'), 'utf8');
  const mermaid = pathToFileURL(join(packages, 'node_modules', 'mermaid', 'dist', 'mermaid.min.js')).href;
  const shownLabels = labels.map((name) => {
    const [background, colour] = labelColours[name] ?? ['#eee', '#333'];
    return `<span class="label" style="background:${background};color:${colour};border-color:${colour}55">${escaped(name)}</span>`;
  });
  const top = `<h1 class="title">${escaped(title)} <span>#${number}</span></h1><span class="state">Open</span><div class="labels">${shownLabels.join('')}</div>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><style>${css}${style}</style><script src="${mermaid}"></script></head>
<body>${head ? top : ''}${chosen.map((post) => postOf(post, render, post === all[0])).join('\n')}
<script>
(async () => {
  const blocks = [...document.querySelectorAll('code.language-mermaid')];
  for (const code of blocks) { const div = document.createElement('div'); div.className = 'mermaid'; div.textContent = code.textContent; code.parentElement.replaceWith(div); }
  mermaid.initialize({ startOnLoad: false, theme: 'default', fontFamily: 'DejaVu Sans' });
  await mermaid.run();
  await document.fonts.ready;
  const { dataset } = document.documentElement;
  dataset.height = Math.ceil(document.body.getBoundingClientRect().height);
  dataset.drawn = document.querySelectorAll('.mermaid svg').length;
  dataset.wanted = blocks.length;
})();
</script></body></html>`;
}
