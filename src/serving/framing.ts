/** Header of a message between router and model worker; the body follows it as bytes. */
export type FrameHeader =
  | { type: 'invoke'; id: number; content_type: string; accept: string; explain: boolean }
  | { type: 'answer'; id: number; status: number; content_type: string }
  | { type: 'ready'; signature: unknown; version?: string }
  | { type: 'failed'; code: string; message: string }
  | { type: 'memory'; rss_bytes: number };

export interface Frame {
  header: FrameHeader;
  body: Uint8Array;
}

const prefixBytes = 8;
const noBytes = new Uint8Array(0);

/** A frame: header length and body length as 32-bit little endian, the header as JSON, the body. */
export function encodeFrame(header: FrameHeader, body: Uint8Array = noBytes): Buffer {
  const json = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(prefixBytes + headerBytes + body.byteLength);
  frame.writeUInt32LE(headerBytes, 0);
  frame.writeUInt32LE(body.byteLength, 4);
  frame.write(json, prefixBytes);
  frame.set(body, prefixBytes + headerBytes);
  return frame;
}

/** Cuts a byte stream into frames, whatever the chunks are; both ends are ours, so lengths are trusted. */
export function createFrameDecoder(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let buffered = 0;
  let needed = prefixBytes;
  return (chunk) => {
    chunks.push(chunk);
    buffered += chunk.length;
    // Joined only when a whole frame may be there: a large body arrives in many chunks.
    if (buffered < needed) return;
    let data = chunks.length === 1 ? chunk : Buffer.concat(chunks, buffered);
    for (;;) {
      needed = frameBytes(data);
      if (data.length < needed) break;
      const bodyStart = prefixBytes + data.readUInt32LE(0);
      const header = JSON.parse(data.toString('utf8', prefixBytes, bodyStart)) as FrameHeader;
      onFrame({ header, body: data.subarray(bodyStart, needed) });
      data = data.subarray(needed);
    }
    chunks = data.length === 0 ? [] : [data];
    buffered = data.length;
  };
}

function frameBytes(data: Buffer): number {
  return data.length < prefixBytes ? prefixBytes : prefixBytes + data.readUInt32LE(0) + data.readUInt32LE(4);
}
