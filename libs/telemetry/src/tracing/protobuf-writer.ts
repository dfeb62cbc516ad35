// Protobuf's wire format, as much of it as spans need. Texts are encoded by Node's own code, not byte by byte.

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** A varint of 64 bits has ten bytes at most. */
const MOST_VARINT = 10;

export class ProtobufWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(size, MOST_VARINT));
  }

  /** What was written; nothing may be written after. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Begins a message; its length is known when it is closed. */
  open(field: number): number {
    this.#tag(field, LENGTH);
    this.#at += 1;
    return this.#at;
  }

  close(start: number): void {
    const length = this.#at - start;
    const more = bytesOf(length) - 1;
    if (more > 0) {
      this.#need(more);
      this.#bytes.copyWithin(start + more, start, this.#at);
    }
    this.#at = start - 1;
    this.#varint(length);
    this.#at += length;
  }

  text(field: number, text: string): void {
    const start = this.open(field);
    this.#need(text.length * 3);
    this.#at += this.#bytes.write(text, this.#at);
    this.close(start);
  }

  /** Bytes that are spelt in hex. */
  hex(field: number, hex: string): void {
    this.#tag(field, LENGTH);
    this.#varint(hex.length / 2);
    this.#need(hex.length);
    this.#at += this.#bytes.write(hex, this.#at, 'hex');
  }

  int(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  double(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  fixed64(field: number, value: bigint): void {
    this.#tag(field, FIXED64);
    this.#at = this.#bytes.writeBigUInt64LE(value, this.#at);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, FIXED32);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  /** With room for a number behind it. */
  #tag(field: number, wire: number): void {
    this.#need(2 * MOST_VARINT);
    this.#varint((field << 3) | wire);
  }

  #varint(value: number): void {
    if (value < 0) {
      this.#negative(value);
      return;
    }
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  #need(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

const bytesOf = (value: number): number => {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
};
