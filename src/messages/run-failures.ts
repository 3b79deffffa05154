import type { FailureText } from './failures.js';

const subjects = {
  file: {
    en: (id: string) => `The file of ${id} cannot be used`,
    ja: (id: string) => `${id} のデータファイルを使用できません`,
  },
  data: {
    en: (id: string) => `The data of ${id} cannot be used`,
    ja: (id: string) => `${id} のデータを準備できませんでした`,
  },
  training: { en: (id: string) => `The training of ${id} failed`, ja: (id: string) => `${id} の学習に失敗しました` },
} as const;

/** What a job was for. */
export type JobSubject = keyof typeof subjects;

interface Variant {
  modelName: string;
  version: string;
}

/** Why a step of a run fails, as far as the people on its issue can mend it or must know of it. */
export const runFailures = {
  /** `reason` is in the language of the run, as its job was told. */
  job: ({
    subject,
    trainingId,
    reason,
    kind,
  }: Record<'trainingId' | 'reason' | 'kind', string> & { subject: JobSubject }): FailureText => ({
    en: {
      what: `${subjects[subject].en(trainingId)}: ${reason}`,
      // A time or memory limit names itself.
      ...(kind === 'disk' ? { next: 'free some disk space and submit again.' } : {}),
    },
    ja: `${subjects[subject].ja(trainingId)}: ${reason}`,
  }),
  evaluation: ({ jobName, reason, next }: { jobName: string; reason: string; next: boolean }): FailureText => ({
    en: {
      what: `The evaluation ${jobName} did not end well: ${reason}`,
      ...(next ? { next: 'see its log with "npx dandori logs".' } : {}),
    },
    ja: `評価（${jobName}）に失敗しました: ${reason}${next ? '（ログは npx dandori logs で確認できます）' : ''}`,
  }),
  noDataset: ({ datasetId, known }: { datasetId: string; known: readonly string[] }): FailureText => ({
    en: {
      what: `There is no dataset "${datasetId}".`,
      found: known.length > 0 ? `datasets with names like it: ${known.join(', ')}` : 'no dataset at all',
      next: `add it with "npx dandori data add ${datasetId} FILE", or give data_source in the request.`,
    },
    ja: `データセット「${datasetId}」がありません（${known.length > 0 ? `名前の近いもの: ${known.join('、')}` : '登録済みのデータセットは1つもありません'}）。npx dandori data add ${datasetId} FILE で追加するか、リクエストに data_source を指定してください。`,
  }),
  noDatasetVersion: ({
    datasetId,
    version,
    known,
  }: {
    datasetId: string;
    version: string;
    known: readonly string[];
  }): FailureText => ({
    en: { what: `The dataset "${datasetId}" has no version ${version}.`, allowed: known.join(', ') },
    ja: `データセット「${datasetId}」にバージョン ${version} はありません。指定できるバージョン: ${known.join('、')}`,
  }),
  datasetChanged: ({ dataset, found, approved }: Record<'dataset' | 'found' | 'approved', string>): FailureText => ({
    en: {
      what: `The dataset ${dataset} is not the one that was approved.`,
      found: `digest ${found}`,
      allowed: `digest ${approved}`,
      next: 'make a new plan for the data as it is now.',
    },
    ja: `データセット ${dataset} は承認されたものと異なります（現在のダイジェスト ${found}、承認時 ${approved}）。現在のデータで新しいプランを作成してください。`,
  }),
  dataPath: ({
    path,
    why,
    roots,
  }: {
    path: string;
    why: 'path' | 'kind' | 'outside' | 'absent';
    roots: readonly string[];
  }): FailureText => {
    const found = {
      path: ['no usable path', '使用できないパスです'],
      kind: ['a folder or a special file', 'フォルダまたは特殊ファイルです'],
      outside: ['a place outside the data roots', 'データルートの外を指しています'],
      absent: ['no such file', 'ファイルがありません'],
    } as const;
    return {
      en: {
        what: `The data file "${path}" cannot be read.`,
        found: found[why][0],
        allowed: roots.length > 0 ? `a file inside ${roots.join(' or ')}` : 'no file: no data root is configured',
        next: 'put the file there, or add its folder to the data roots.',
      },
      ja: `データファイル「${path}」を読み取れません（${found[why][1]}）。${roots.length > 0 ? `${roots.join('、')} の中にファイルを置くか` : 'データルートが設定されていません。ファイルを置くフォルダを設定するか'}、ファイルのあるフォルダをデータルートに追加してください。`,
    };
  },
  fileChanges: ({ file }: { file: string }): FailureText => ({
    en: { what: `The data file ${file} changed while it was read.`, next: 'wait until it is written, then try again.' },
    ja: `データファイル ${file} が読み取り中に変更されました。書き込みが終わってから再実行してください。`,
  }),
  script: ({ name, bytes, maxBytes }: { name: string; bytes: number; maxBytes: number }): FailureText => ({
    en: {
      what: `The training script ${JSON.stringify(name)} cannot be used.`,
      found: `${bytes} bytes`,
      allowed: `a file of at most ${maxBytes} bytes whose name is letters, digits and ._- and ends in .py`,
    },
    ja: `学習スクリプト「${name}」は使用できません（${bytes} バイト）。使えるのは、名前が英数字と「._-」からなり .py で終わる、 ${maxBytes} バイト以下のファイルです。`,
  }),
  imbalanceOfRegression: ({ handling }: { handling: string }): FailureText => ({
    en: {
      what: 'Class imbalance cannot be handled in a regression.',
      found: `class_imbalance_handling: ${handling}`,
      allowed: 'none',
      next: 'leave the field out, or ask for a classification.',
    },
    ja: `回帰ではクラス不均衡に対処できません（class_imbalance_handling: ${handling}）。この項目を外すか、分類として依頼してください。`,
  }),
  outputRefused: ({ path, why }: { path: string; why: 'name' | 'link' | 'device' | number }): FailureText => {
    const [en, ja] =
      typeof why === 'number'
        ? [`more than ${why} files`, `${why} 個を超えるファイル`]
        : (
            {
              name: ['the name', '名前'],
              link: ['a link', 'リンク'],
              device: ['a device or pipe', 'デバイスまたはパイプ'],
            } as const
          )[why];
    return {
      en: {
        what: `The job wrote an output that cannot be stored: ${JSON.stringify(path)}.`,
        found: en,
        allowed: 'regular files whose names are letters, digits and ._- and do not begin with a dot',
        next: 'change the program to write only such files.',
      },
      ja: `ジョブの出力「${path}」を保存できません（原因: ${ja}）。保存できるのは、名前が英数字と「._-」からなり「.」で始まらない通常のファイルだけです。プログラムを修正してください。`,
    };
  },
  modelMissing: ({ jobName, file }: { jobName: string; file: string }): FailureText => ({
    en: {
      what: `The training ${jobName} ended well but wrote no model/${file}.`,
      allowed: 'signature.json, and model.onnx unless the request has an inference_script, in SM_MODEL_DIR',
      next: 'mend the training script; "get_job_logs" shows what it printed.',
    },
    ja: `学習（${jobName}）は正常に終了しましたが、model/${file} がありません。signature.json と model.onnx（リクエストに inference_script がある場合は不要）を SM_MODEL_DIR に書き出すよう、学習スクリプトを修正してください。`,
  }),
  ownHooks: ({ jobName }: { jobName: string }): FailureText => ({
    en: {
      what: `The training ${jobName} wrote a python_model.json of its own.`,
      allowed: 'model.onnx; hooks only by inference_script in the request, so that they are part of the approved plan',
    },
    ja: `学習（${jobName}）が独自の python_model.json を書き出しました。承認されたプランに含めるため、推論コードはリクエストの inference_script で指定し、それ以外は model.onnx を書き出してください。`,
  }),
  notOnnx: ({ key, found }: { key: string; found: string }): FailureText => ({
    en: {
      what: `${key} is not an ONNX file; nothing else is packaged or served.`,
      found,
      allowed: 'an ONNX model, or any model with an inference_script in the request',
      next: 'let the training script write ONNX (see examples/custom-script).',
    },
    ja: `${key} はONNXファイルではありません。学習スクリプトでONNX形式のモデルを書き出すか（examples/custom-script を参照）、リクエストに inference_script を指定してください。`,
  }),
  strategy: ({ strategy }: { strategy: string }): FailureText => ({
    en: { what: `The deployment strategy "${strategy}" is not there yet, it is planned.`, allowed: 'all_at_once' },
    ja: `デプロイ戦略「${strategy}」にはまだ対応していません（予定）。指定できるのは all_at_once です。`,
  }),
  noAnswer: ({
    endpointName,
    modelName,
    version,
    status,
    body,
  }: Variant & { endpointName: string; status: number; body: string }): FailureText => ({
    en: {
      what: `The endpoint ${endpointName} does not answer with ${modelName} ${version}.`,
      found: `status ${status}: ${body}`,
      allowed: 'status 200 and one prediction of this version',
      next: 'what served before serves again; look into the log of the endpoints and deploy again.',
    },
    ja: `エンドポイント ${endpointName} が ${modelName} ${version} の予測を返しません（ステータス ${status}）。以前の状態に戻しました。エンドポイントのログを確認してから再度デプロイしてください。応答（原文）: ${body}`,
  }),
  question: ({ trainingId }: { trainingId: string }): FailureText => ({
    en: {
      what: `The question of ${trainingId} could not be posted.`,
      next: 'check that the issue can be commented on, then run it again from NotifyOperator.',
    },
    ja: `${trainingId} の質問を投稿できませんでした。Issueにコメントできることを確認し、NotifyOperator から再実行してください。`,
  }),
} as const;
