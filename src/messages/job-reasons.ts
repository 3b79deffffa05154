/** Why a job ended badly, as far as the platform saw it; what a program says of itself is not among these. */
export interface JobReasons {
  stopped: string;
  tooMuchMemory: (usedMb: number, limitMb: number) => string;
  tooLong: (limitSeconds: number) => string;
  diskFull: (freeMb: number, floorMb: number) => string;
  fileTooLarge: string;
  crashed: (signal: string) => string;
  killed: (signal: string) => string;
  /** `last`: the end of its output, '' when it printed nothing. */
  noReason: (exitCode: number | null, last: string) => string;
  /** The program's own words. */
  said: (words: string) => string;
  notSupervised: (why: string) => string;
  notStarted: (why: string) => string;
  /** `said`: what the supervisor printed. */
  supervisorStartsNot: (said: string) => string;
  supervisorLost: string;
  unknown: (kind: string) => string;
}

const en: JobReasons = {
  stopped: 'The job was stopped on request.',
  tooMuchMemory: (usedMb, limitMb) =>
    `The job used ${usedMb} MB of memory; its limit is ${limitMb} MB. Raise limits.max_memory_mb or use less data.`,
  tooLong: (limitSeconds) =>
    `The job ran longer than its limit of ${limitSeconds} s. Raise limits.max_runtime_minutes or make the task smaller.`,
  diskFull: (freeMb, floorMb) =>
    `The disk has ${freeMb} MB left; a job needs ${floorMb} MB to stay free. Free some space and try again.`,
  fileTooLarge: 'The job wrote a file larger than a job may write (SIGXFSZ).',
  crashed: (signal) => `The program crashed (${signal}).`,
  killed: (signal) =>
    `The job was killed from outside (${signal}${signal === 'SIGKILL' ? '; when memory runs out, the kernel does this' : ''}).`,
  noReason: (exitCode, last) =>
    `The program ended with exit code ${exitCode} and wrote no output/failure. ${last === '' ? 'It printed nothing.' : `Its last output:\n${last}`}`,
  said: (words) => words,
  notSupervised: (why) => `The job could not be supervised: ${why}`,
  notStarted: (why) => `The job could not be started: ${why}`,
  supervisorStartsNot: (said) => `The supervisor of the job does not start. ${said}`,
  supervisorLost:
    'The supervisor of the job ended unexpectedly (killed, or the machine was restarted); the job was ended with it.',
  unknown: (kind) => `The job failed (${kind}).`,
};

const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;

const ja: JobReasons = {
  stopped: 'ジョブは要求により停止しました。',
  tooMuchMemory: (usedMb, limitMb) =>
    `ジョブのメモリ使用量（${usedMb} MB）が上限の ${limitMb} MB を超えました。limits.max_memory_mb を大きくするか、データを減らしてください。`,
  tooLong: (limitSeconds) =>
    `ジョブの実行時間が上限の ${limitSeconds} 秒を超えました。limits.max_runtime_minutes を大きくするか、処理を小さくしてください。`,
  diskFull: (freeMb, floorMb) =>
    `ディスクの空き容量が ${freeMb} MB しかありません（ジョブには ${floorMb} MB 以上の空きが必要です）。空き容量を増やしてから再実行してください。`,
  fileTooLarge: 'ジョブが書き込めるファイルサイズの上限を超えました（SIGXFSZ）。',
  crashed: (signal) => `プログラムが異常終了しました（${signal}）。`,
  killed: (signal) =>
    `ジョブが外部から強制終了されました（${signal}）。${signal === 'SIGKILL' ? 'メモリが不足すると、OSがこのように終了させます。' : ''}`,
  noReason: (exitCode, last) =>
    `プログラムが終了コード ${exitCode} で終了し、output/failure に理由を書いていません。${last === '' ? '出力もありません。' : `最後の出力（原文）:\n${last}`}`,
  // Our own programs are told the language; others say it as they say it.
  said: (words) => (japanese.test(words) ? words : `プログラムのメッセージ（原文）: ${words}`),
  notSupervised: (why) => `ジョブを監視できませんでした。詳細（原文）: ${why}`,
  notStarted: (why) => `ジョブを開始できませんでした。詳細（原文）: ${why}`,
  supervisorStartsNot: (said) => `ジョブの監視プロセスを起動できません。詳細（原文）: ${said}`,
  supervisorLost:
    'ジョブの監視プロセスが予期せず終了したため（強制終了、またはマシンの再起動）、ジョブも終了しました。',
  unknown: (kind) => `ジョブが失敗しました（${kind}）。`,
};

/** Language -> why jobs end badly. */
export const jobReasons: Record<'en' | 'ja', JobReasons> = { en, ja };
