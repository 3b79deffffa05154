import type { TrainingRequest } from '../../../contracts/request.js';
import type { ReleaseNotes } from './release-notes.js';

/** Words of the documents of a release; names and figures come escaped. */
export interface ReleaseMessages {
  notes: {
    title: (model: string, version: string) => string;
    changes: Record<ReleaseNotes['change'], string>;
    facts: Record<string, string>;
    bases: Record<ReleaseNotes['performance']['basis'], string>;
    previous: (version: string | null) => string;
    changed: string;
    performance: string;
    agreement: (percent: string) => string;
    columns: { metric: string; previous: string; difference: string };
    notMeaningful: string;
  };
  specification: {
    title: (model: string, version: string) => string;
    endpoint: (name: string, deployTo: string) => string;
    strategy: (name: string) => string;
    variant: string;
    instances: (least: number, most: number) => string;
    automaticRollback: (on: boolean) => string;
    monitoring: (intensity: string | null) => string;
    package: (prefix: string, trainingId: string, planHash: string) => string;
    loaded: string;
    file: string;
    refused: string;
    hooks: string;
    interface: string;
    answers: (target: string, answer: string) => string;
    oneOf: (classes: string) => string;
    number: string;
    columns: readonly [string, string, string, string];
    yesNo: (yes: boolean) => string;
    more: (count: number) => string;
    range: (from: string, to: string) => string;
    checks: string;
    checkList: readonly string[];
  };
  rollback: {
    title: (model: string, version: string) => string;
    first: readonly [string, string];
    means: (version: string, endpoint: string) => string;
    comment: string;
    steps: (from: string, to: string, endpoint: string) => string[];
    when: string;
    reasons: readonly string[];
    automatic: string;
  };
}

const en: ReleaseMessages = {
  notes: {
    notMeaningful: 'not meaningful: the target has zeros',
    title: (model, version) => `Release notes: ${model} ${version}`,
    changes: {
      first: 'This is the first version of the model.',
      major: 'Major: callers must change, the input or output schema is another one.',
      minor: 'Minor: the same interface, made from other data, by another algorithm or with other features.',
      patch: 'Patch: the same request on new rows, with another seed, or repeated.',
    },
    facts: {
      input_schema: 'input schema (names, order or kinds of the columns)',
      output_schema: 'output schema (target, classes or outputs)',
      data: 'dataset or split',
      algorithm: 'algorithm, own program, hyperparameters or class-imbalance handling',
      features: 'features or preprocessing',
      rows: 'rows of the dataset',
      seed: 'seed',
    },
    bases: {
      first_version: 'There is no earlier version to compare with.',
      same_rows: 'Both versions answered the rows of this test split.',
      own_rows: 'Each version was measured on its own test split: the figures are near, not exactly, comparable.',
    },
    previous: (version) => `Previous version: ${version ?? 'none'}`,
    changed: 'What changed',
    performance: 'Performance',
    agreement: (percent) => `Both versions answer alike on ${percent} % of the rows.`,
    columns: { metric: 'metric', previous: 'previous', difference: 'difference' },
  },
  specification: {
    title: (model, version) => `Deployment specification: ${model} ${version}`,
    endpoint: (name, deployTo) => `Endpoint: ${name} (${deployTo})`,
    strategy: (name) =>
      `Strategy: ${name}: the new version takes all traffic once it answers, the old one serves until then`,
    variant: 'Variant: `AllTraffic`, weight 1',
    instances: (least, most) => `Instances: ${least} to ${most}`,
    automaticRollback: (on) => `Roll back by itself on error: ${on ? 'yes' : 'no'}`,
    monitoring: (intensity) => `Monitoring: ${intensity === null ? 'off' : `on, intensity ${intensity}`}`,
    package: (prefix, trainingId, planHash) => `Package: ${prefix}, made by ${trainingId} for the plan ${planHash}`,
    loaded: 'What is loaded',
    file: 'file',
    hooks:
      "It lists the files below `model/` with their digests; the user's `code/inference.py` among them answers, in Python.",
    refused: 'A file with another digest is refused before anything is loaded.',
    interface: 'Interface',
    answers: (target, answer) => `Answers ${target}: ${answer}. The whole interface is in \`openapi.json\`.`,
    oneOf: (classes) => `one of ${classes}, with a probability each`,
    number: 'a number',
    columns: ['feature', 'kind', 'seen in training', 'missing seen'],
    yesNo: (yes) => (yes ? 'yes' : 'no'),
    more: (count) => ` and ${count} more`,
    range: (from, to) => `${from} to ${to}`,
    checks: 'Health checks before it takes traffic',
    checkList: [
      'The digests agree.',
      'The model loads and answers one row.',
      '`GET /ping` answers 200.',
      'One real invocation through the endpoint answers.',
    ],
  },
  rollback: {
    title: (model, version) => `Rollback plan: ${model} ${version}`,
    first: [
      'This is the first version of the model: there is no earlier one to go back to. A rollback is refused and says so.',
      'To mend a fault, change the request and let a new version be made.',
    ],
    means: (version, endpoint) => `Going back means version ${version} on the endpoint ${endpoint}.`,
    comment: 'or the comment `/rollback` on the issue, by somebody who may roll back. Then:',
    steps: (from, to, endpoint) => [
      `Version ${to} is loaded beside ${from}; its digests are checked and it answers one row.`,
      'The traffic changes over at once; requests under way are finished by the old version.',
      `Version ${from} becomes \`Archived\`, version ${to} takes its place in the registry.`,
      `The rollback is recorded under \`rollbacks/${endpoint}/\`.`,
    ],
    when: 'When',
    reasons: [
      'The error rate or the latency of the endpoint rises after the change (`/endpoints/NAME/metrics` of its address tells both).',
      'The predictions are seen to be wrong.',
    ],
    automatic:
      'When this release does not load or does not answer, nothing needs to be done: the version before it goes on serving.',
  },
};

const ja: ReleaseMessages = {
  notes: {
    notMeaningful: '参考になりません（目的変数に0があります）',
    title: (model, version) => `リリースノート: ${model} ${version}`,
    changes: {
      first: 'このモデルの最初のバージョンです。',
      major: 'メジャー: 入力または出力のスキーマが変わりました。呼び出し側の変更が必要です。',
      minor: 'マイナー: インターフェースは同じで、データ、アルゴリズム、または特徴量が変わりました。',
      patch: 'パッチ: 同じ依頼を、新しい行や別のシードで、または繰り返して学習しました。',
    },
    facts: {
      input_schema: '入力スキーマ（列の名前、順序、種類）',
      output_schema: '出力スキーマ（目的変数、クラス、出力）',
      data: 'データセットまたは分割',
      algorithm: 'アルゴリズム、独自のプログラム、ハイパーパラメータ、またはクラス不均衡への対処',
      features: '特徴量または前処理',
      rows: 'データセットの行',
      seed: 'シード',
    },
    bases: {
      first_version: '比較できる以前のバージョンはありません。',
      same_rows: '両方のバージョンが、今回のテスト用データの同じ行に答えました。',
      own_rows: 'それぞれ自分のテスト用データで測った値です。おおよその比較になります。',
    },
    previous: (version) => `以前のバージョン: ${version ?? 'なし'}`,
    changed: '変わった点',
    performance: '性能',
    agreement: (percent) => `両方のバージョンの答えは、行の ${percent} % で一致します。`,
    columns: { metric: '指標', previous: '以前', difference: '差' },
  },
  specification: {
    title: (model, version) => `デプロイ仕様: ${model} ${version}`,
    endpoint: (name, deployTo) => `エンドポイント: ${name}（${deployTo}）`,
    strategy: (name) =>
      `戦略: ${name}: 新しいバージョンが応答すると全トラフィックを引き受け、それまでは以前のバージョンが応答します`,
    variant: 'バリアント: `AllTraffic`、重み 1',
    instances: (least, most) => `インスタンス数: ${least}〜${most}`,
    automaticRollback: (on) => `エラー時の自動ロールバック: ${on ? 'あり' : 'なし'}`,
    monitoring: (intensity) => `監視: ${intensity === null ? 'なし' : `あり（強度 ${intensity}）`}`,
    package: (prefix, trainingId, planHash) => `パッケージ: ${prefix}（${trainingId} が計画 ${planHash} のために作成）`,
    loaded: '読み込むファイル',
    file: 'ファイル',
    hooks:
      '`model/` 以下のファイルとそのダイジェストの一覧です。その中の利用者の `code/inference.py` が Python で応答します。',
    refused: 'ダイジェストが異なるファイルは、読み込む前に拒否します。',
    interface: 'インターフェース',
    answers: (target, answer) =>
      `${target} として${answer}を返します。インターフェースの全体は \`openapi.json\` にあります。`,
    oneOf: (classes) => ` ${classes} のいずれかと、それぞれの確率`,
    number: '数値',
    columns: ['特徴量', '種類', '学習時の値', '学習時の欠損'],
    yesNo: (yes) => (yes ? 'あり' : 'なし'),
    more: (count) => ` ほか ${count} 件`,
    range: (from, to) => `${from}〜${to}`,
    checks: 'トラフィックを引き受ける前のヘルスチェック',
    checkList: [
      'ダイジェストが一致する。',
      'モデルを読み込み、1 行に答える。',
      '`GET /ping` が 200 を返す。',
      'エンドポイントを通した実際の呼び出しに答える。',
    ],
  },
  rollback: {
    title: (model, version) => `ロールバック計画: ${model} ${version}`,
    first: [
      'このモデルの最初のバージョンです。戻せる以前のバージョンはありません。ロールバックはその旨を示して拒否されます。',
      '不具合を直すには、依頼を変更して新しいバージョンを作成してください。',
    ],
    means: (version, endpoint) => `ロールバックすると、エンドポイント ${endpoint} はバージョン ${version} に戻ります。`,
    comment: 'または、ロールバックの権限を持つ人が issue に `/rollback` とコメントします。その後の流れ:',
    steps: (from, to, endpoint) => [
      `バージョン ${to} を ${from} と並べて読み込み、ダイジェストを確認し、1 行に答えさせます。`,
      'トラフィックは一度に切り替わります。処理中のリクエストは切り替え前のバージョンが最後まで処理します。',
      `レジストリでは、バージョン ${from} が \`Archived\` になり、バージョン ${to} がその位置に入ります。`,
      `ロールバックは \`rollbacks/${endpoint}/\` に記録されます。`,
    ],
    when: 'ロールバックする場合',
    reasons: [
      '変更後に、エンドポイントのエラー率またはレイテンシが上がったとき（エンドポイントのアドレスの `/endpoints/NAME/metrics` で分かります）。',
      '予測の誤りに気づいたとき。',
    ],
    automatic:
      'このリリースを読み込めない、または応答しない場合は、何もする必要はありません。以前のバージョンが応答を続けます。',
  },
};

/** Language -> the texts of a release's documents. */
export const releaseMessages: Record<TrainingRequest['language'], ReleaseMessages> = { en, ja };
