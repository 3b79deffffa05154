import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendEntry, chainPath, verifyChain, type ChainEntry } from './chain.js';
import { historyLabels } from './labels.js';
import { meanText, number } from './markdown.js';
import { historyEnding, historyRecord, type HistoryRecordInput } from './record.js';
import { renderRecord } from './render-record.js';
import { duration } from './render-sections.js';
import { readSeal, sealRecord } from './seal.js';

const hash = 'c'.repeat(64);

/** A record of a run that went well, with everything in it. */
const full: HistoryRecordInput = {
  format: 1,
  training_id: 'train-20260110-123456',
  ending: 'deployed',
  issue: { number: 7, title: 'Train [churn]', url: 'http://127.0.0.1:7000/issues/7' },
  requested_by: 'ada',
  model_name: 'churn-churn',
  task_type: 'classification',
  target: 'churn',
  algorithm: 'random_forest',
  started_at: '2026-01-10T12:34:56.000Z',
  ended_at: '2026-01-10T12:39:01.000Z',
  dataset: {
    dataset_id: 'churn',
    version: '1.0.0',
    digest: hash,
    rows: 7043,
    splits: { train: 4930, validation: 1056, test: 1057 },
  },
  hyperparameters: { n_estimators: 100, hidden: [4, 2], max_depth: null },
  candidates: [
    {
      algorithm: 'random_forest',
      hyperparameters: {},
      metric: 'f1_score',
      mean: 0.61,
      std: 0.01,
      scores: [],
      all: {},
      train_seconds: 2.5,
      error: null,
    },
    {
      algorithm: 'xgboost',
      hyperparameters: {},
      metric: 'f1_score',
      mean: null,
      std: null,
      scores: [],
      all: {},
      train_seconds: 0.1,
      error: 'too few rows',
    },
  ],
  resources: { instance_type: 'local', training_seconds: 12.34, peak_memory_mb: 512.4, estimated_cost_usd: 0.00117 },
  evaluation: {
    rows: 1057,
    metrics: { accuracy: 0.8123456, f1_score: 0.61, auc_roc: null },
    positive_class: 'Yes',
    cross_validation: { metric: 'f1_score', folds: 5, mean: 0.6, std: 0.02 },
    fairness_score: 0.93,
    comparison: {
      previous_version: '1.0.0',
      metrics: { accuracy: { previous: 0.78, current: 0.81, difference: 0.03 } },
      agreement: 0.9,
    },
  },
  judgement: {
    decision: 'pass',
    next_action: 'register_model',
    message: 'Every criterion was met (f1_score: 0.61)\nf1_score 0.61 (>= 0.6): pass\nNext: the model is registered.',
    criteria: [
      { name: 'f1_score', value: 0.61, required: '>= 0.5', verdict: 'pass', note: '' },
      { name: 'fairness_score', value: null, required: '-', verdict: 'not_checked', note: 'not asked' },
    ],
  },
  optimization: {
    performance_profile: 'balanced',
    characteristics: {
      learning_type: 'supervised',
      task_type: 'classification',
      algorithms: ['random_forest'],
      dataset_size: 7043,
      dataset_size_class: 'small',
      num_features: 19,
      class_distribution: { No: 5174, Yes: 1869 },
      class_imbalance: true,
      imbalance_ratio: 0.265,
      missing_ratio: 0,
      similar_runs: [],
    },
    items: [
      {
        phase: 1,
        field: 'class_imbalance_handling',
        value: 'class_weight',
        reason: 'because',
        source: 'data',
        available: true,
      },
      {
        phase: 6,
        field: 'drift_detection_frequency',
        value: 'disabled',
        reason: 'not yet, planned',
        source: 'default',
        available: false,
      },
    ],
    impact: {
      format: 1,
      training_id: 'train-20260110-123456',
      history_entry_id: 'x',
      basis: '3 finished runs',
      runs: 3,
      comparisons: [
        {
          name: 'training_seconds',
          unit: 'seconds',
          predicted: { median: 10, low: 8, high: 12 },
          actual: 11,
          within_interval: true,
        },
        { name: 'f1_score', unit: 'none', predicted: null, actual: 0.61, within_interval: null },
      ],
    },
  },
  retries: [{ by: 'bob', adjusted_hyperparameters: { n_estimators: 200 } }],
  model: {
    version: '1.0.1',
    change: 'patch',
    previous_version: '1.0.0',
    package_prefix: 'models/churn-churn/1.0.1',
    model_sha256: hash,
  },
  endpoint: { name: 'churn-churn-staging', url: 'http://127.0.0.1:7070/endpoints/churn-churn-staging/invocations' },
  plan_hash: hash,
  approvals: [{ by: 'ada', how: 'comment', at: '2026-01-10T12:35:00Z', plan_hash: hash }],
  environment: {
    code_digest: hash,
    environment_digest: hash,
    python: '3.12.1',
    platform: 'Linux',
    packages: { 'scikit-learn': '1.7.0' },
  },
  states: [{ state: 'TrainModel', visit: 1, attempts: 1, duration_ms: 61_000, status: 'succeeded' }],
};

/** A record of a run that reached nothing. */
const bare: HistoryRecordInput = {
  format: 1,
  training_id: 'train-20260110-999999',
  ending: 'refused',
  requested_by: 'ada',
  model_name: 'churn-churn',
  task_type: 'regression',
  target: 'price',
  started_at: '2026-01-10T12:34:56Z',
  ended_at: '2026-01-10T12:34:57Z',
};

const render = (record: HistoryRecordInput, previous: string | null = null) =>
  renderRecord(historyRecord.parse(record), {
    pictures: [{ name: 'roc_curve.png', title: 'ROC curve', sha256: hash }],
    previous,
  });

describe('renderRecord', () => {
  it('says everything that a good run has', () => {
    const { markdown } = render(full);
    for (const text of [
      '# Training report',
      '- Training ID: train-20260110-123456',
      '- Learning type: supervised (classification)',
      '- Run at: 2026-01-10 12:34:56 UTC',
      '- Duration: 4 min 5 s',
      String.raw`- Issue: [#7 Train \[churn\]](<http://127.0.0.1:7000/issues/7>)`,
      '- Training job: local · 12.3 s · at most 512 MB of memory · about $0.0012',
      '- Training rows: 4,930',
      '- n_estimators: 100',
      'Adjusted by bob:',
      '| random_forest ✅ | f1_score | 0.61 ± 0.01 | 2.5 s |',
      '| xgboost | f1_score | ❌ too few rows | 100 ms |',
      '- accuracy: 0.8123',
      '- Positive class: Yes',
      '- auc_roc: -',
      '- Fairness score: 0.93',
      '| accuracy | 0.78 | 0.81 | +0.03 |',
      '| f1_score | 0.61 | >= 0.5 | ✅ pass |  |',
      '| fairness_score | - | - | ➖ not checked | not asked |',
      '\nEvery criterion was met (f1_score: 0.61) Next: the model is registered.\n',
      '![ROC curve](train-20260110-123456/roc_curve.png)',
      'small dataset (7,043 rows, 19 features), imbalanced classes (rarest 26.5 %)',
      '- ✅ Phase 1: class_imbalance_handling = class_weight. because',
      '- ➖ Phase 6: drift_detection_frequency = disabled. not yet, planned',
      '| training_seconds | 10 s (8 – 12) | 11 s | ✅ |',
      '- Model version: 1.0.1 (patch)',
      `- Plan hash: \`${hash}\``,
      'Approved by ada (comment) at 2026-01-10T12:35:00Z',
      '- Packages: scikit-learn 1.7.0',
      '| TrainModel | 1 | 1 | 1 min 1 s | succeeded |',
      '✅ In service: every criterion was met.',
      'Previous record: none',
    ]) {
      expect(markdown).toContain(text);
    }
  });

  it.each([
    [{ number: 7 }, '- Issue: #7\n'],
    [{ number: 7, title: 'Train', url: 'local://issues/7' }, '- Issue: #7 Train (`local://issues/7`)\n'],
    [{ number: 7, title: 'Train', url: 'javascript:alert(1)' }, '- Issue: #7 Train (`javascript:alert(1)`)\n'],
  ])('names the issue %o', (issue, expected) => {
    expect(render({ ...full, issue }).markdown).toContain(expected);
  });

  it('says that no price is set, and guesses none', () => {
    const resources = { instance_type: 'local', training_seconds: 61, peak_memory_mb: null, estimated_cost_usd: null };
    expect(render({ ...full, resources }).markdown).toContain('- Training job: local · 1 min 1 s · no price set\n');
    expect(render(bare).markdown).not.toContain('Training job');
  });

  it.each([
    ['en', '- mape: not meaningful: the target has zeros'],
    ['ja', '- mape: 参考になりません'],
  ] as const)('shows no figure of a mape that zeros in the target made: %s', (language, expected) => {
    const metrics = { mape: 603_804_353_122_369.6, mae: 3.5 };
    const evaluation = { rows: 10, metrics, cross_validation: null, fairness_score: null, comparison: null };
    const { markdown } = render({ ...full, language, evaluation });
    expect(markdown).toContain(expected);
    expect(markdown).toContain('- mae: 3.5');
  });

  it('speaks Japanese as the documents do', () => {
    const { markdown } = render({ ...full, language: 'ja' });
    for (const text of [
      '# 学習結果レポート',
      '## 基本情報',
      '教師あり学習（分類）',
      '学習データサイズ: 4,930件',
      '## ハイパーパラメータ',
      '## 評価結果',
      'バランスモード',
      '小規模データセット（7,043件',
      'プランのハッシュ',
      '## ステータス',
    ]) {
      expect(markdown).toContain(text);
    }
    expect(markdown).not.toContain('Training report');
  });

  it.each(historyEnding.options)('has its own words for a run that ended as %s', (ending) => {
    for (const language of ['en', 'ja'] as const) {
      const { markdown } = render({
        ...bare,
        ending,
        language,
        reason: 'column "price" is not there',
        ended_in_state: 'PrepareData',
        ended_by: 'bob',
        kept_version: '1.0.0',
      });
      const others = historyEnding.options.filter((other) => other !== ending);
      const words = (which: typeof ending) => historyLabels[language].endings[which];
      expect(words(ending).length).toBeGreaterThan(8);
      expect(markdown).toContain(words(ending));
      for (const other of others) expect(markdown).not.toContain(words(other));
      expect(markdown).toContain('`PrepareData`');
      expect(markdown).toContain('1.0.0');
    }
  });

  it('says where nothing was predicted', () => {
    const optimization = { performance_profile: 'speed' as const, items: [] };
    expect(render({ ...full, optimization }).markdown).toContain('Nothing was predicted');
  });

  it('lets no foreign text become a heading, a link, HTML, a mention or a table break', () => {
    const foreign = '# x\n<img src=y> @team [a](http://b.c) | ![z](q) `r`';
    const { markdown } = render({ ...bare, target: foreign, requested_by: foreign, reason: foreign });
    expect(markdown.replaceAll(/\\./g, '')).not.toMatch(/<img|@team|\[a|^# x/m);
  });
});

describe('the notifications of a record', () => {
  const one = { channel: 'slack' as const, notification_type: 'training_success', status: 'success', id: '1.2' };

  it('say what arrived and what did not', () => {
    const lost = { ...one, channel: 'email' as const, status: 'unknown', id: null, reason: 'no <b>answer</b>' };
    const { markdown } = render({ ...full, notifications: [one, lost] });
    expect(markdown).toContain(
      '## Notifications\n\n- Slack: delivered (training succeeded).\n- Email: perhaps not delivered',
    );
    expect(markdown).toContain(String.raw`no \<b>answer`);
    expect(render({ ...full, language: 'ja', notifications: [one] }).markdown).toContain(
      '## 通知\n\n- Slack: 送信済み',
    );
  });

  it('are left out where there were none', () => {
    expect(render(full).markdown).not.toContain('Notifications');
  });
});

describe('number', () => {
  it.each([
    [null, '-'],
    [Number.NaN, '-'],
    [0.123456, '0.1235'],
    [12_345.678, '12345.68'],
    [0, '0'],
  ])('shows %s as %s', (value, text) => expect(number(value)).toBe(text));
});

describe('meanText', () => {
  it.each([
    [0.5958, 0.02664, '0.5958 ± 0.0266'],
    [1, 0.01234, '1 ± 0.012'],
    [1234.5, 6.789, '1234.5 ± 6.789'],
    [0, 0, '0 ± 0'],
    [0.001234, 0.00001, '0.001234 ± 0.00001'],
    [0.61, null, '0.61'],
    [null, null, '-'],
  ])('shows %s and %s as %s', (mean, std, text) => expect(meanText(mean, std)).toBe(text));
});

describe('duration', () => {
  it.each([
    [null, '-'],
    [850, '850 ms'],
    [12_340, '12.3 s'],
    [245_000, '4 min 5 s'],
    [10_920_000, '3 h 2 min'],
  ])('shows %s ms as %s', (ms, text) => expect(duration(ms)).toBe(text));
});

describe('verifyChain', () => {
  const picture = 'training_history/train-aaaaa0/roc.png';
  function history(count = 3) {
    const files = new Map<string, string>();
    let entries: ChainEntry[] = [];
    for (let index = 0; index < count; index += 1) {
      const previous = entries.at(-1)?.record ?? null;
      const { markdown, digest } = sealRecord(`# Record ${index}\n`, previous);
      const training_id = `train-aaaaa${index}`;
      const file = `training_history/${training_id}.md`;
      files.set(file, markdown);
      const pictures: Record<string, string> = index === 0 ? { [picture]: hash } : {};
      entries = [
        ...entries,
        { sequence: index + 1, training_id, file, previous, record: digest, pictures, written_at: '' },
      ];
    }
    files.set(picture, 'png');
    files.set(chainPath, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    const edit = (path: string, change: (text: string) => string) => files.set(path, change(files.get(path) ?? ''));
    const port = {
      commit: () => Promise.reject(new Error('unused')),
      findCommit: async () => null,
      readFile: async ({ path }: { path: string }) => files.get(path) ?? null,
      listFiles: async ({ prefix }: { prefix: string }) => [...files.keys()].filter((path) => path.startsWith(prefix)),
    };
    return { files, edit, port, problems: () => verifyChain(port) };
  }

  it('finds nothing wrong with a whole or an empty history', async () => {
    expect(await history().problems()).toEqual([]);
    expect(await history(0).problems()).toEqual([]);
  });

  it('finds nothing wrong while another record is committed', async () => {
    const { files, port } = history(3);
    const later = history(4).files;
    const listFiles: typeof port.listFiles = async (params) => {
      for (const [path, text] of later) files.set(path, text);
      return port.listFiles(params);
    };
    expect(await verifyChain({ ...port, listFiles })).toEqual([]);
  });

  const middle = 'training_history/train-aaaaa1.md';
  it.each<[string, (h: ReturnType<typeof history>) => unknown, string, RegExp]>([
    ['a changed record', (h) => h.edit(middle, (text) => text.replace('Record 1', 'Record 9')), middle, /was changed/],
    [
      'a record sealed anew',
      (h) => h.files.set(middle, sealRecord('# Forged\n', null).markdown),
      middle,
      /is not the record that was written/,
    ],
    ['a lost record', (h) => h.files.delete(middle), middle, /is missing/],
    ['a record without its seal', (h) => h.files.set(middle, '# nothing\n'), middle, /does not end with/],
    ['a lost picture', (h) => h.files.delete(picture), picture, /picture is missing/],
    [
      'a foreign record',
      (h) => h.files.set('training_history/train-foreign.md', '# x'),
      'training_history/train-foreign.md',
      /is not in/,
    ],
    [
      'an entry taken out',
      (h) => h.edit(chainPath, (text) => text.split('\n').toSpliced(1, 1).join('\n')),
      chainPath,
      /entries were taken out/,
    ],
    [
      'a first entry taken out',
      (h) => h.edit(chainPath, (text) => text.split('\n').slice(1).join('\n')),
      chainPath,
      /entries were taken out/,
    ],
    ['an unreadable line', (h) => h.edit(chainPath, (text) => `${text}{\n`), chainPath, /line 4: is not an entry/],
    [
      'a broken link',
      (h) =>
        h.edit(chainPath, (text) =>
          text.replaceAll(/"previous":"sha256:[0-9a-f]{64}"/g, `"previous":"sha256:${hash}"`),
        ),
      chainPath,
      /does not follow/,
    ],
  ])('finds %s', async (_, change, file, problem) => {
    const h = history();
    change(h);
    expect(await h.problems()).toEqual(expect.arrayContaining([{ file, problem: expect.stringMatching(problem) }]));
  });

  it('reads what sealRecord wrote', () => {
    fc.assert(
      fc.property(fc.string(), (body) => {
        const sealed = sealRecord(`${body}\n`, null);
        expect(readSeal(sealed.markdown)).toEqual({ previous: null, digest: sealed.digest, computed: sealed.digest });
      }),
    );
  });

  it('adds an entry at the end', () => {
    const entry: ChainEntry = {
      sequence: 1,
      training_id: 't',
      file: 'f',
      previous: null,
      record: `sha256:${hash}`,
      pictures: {},
      written_at: '',
    };
    expect(appendEntry([entry], { ...entry, sequence: 2 }).split('\n')).toHaveLength(3);
  });
});
