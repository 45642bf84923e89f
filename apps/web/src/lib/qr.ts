/**
 * A text as a QR code: byte mode, error correction L, versions 1 to 20 (858 bytes). Pure; the caller draws the modules.
 * Source: ISO/IEC 18004; tables and steps as in https://www.nayuki.io/page/creating-a-qr-code-step-by-step (public description).
 */
const ECC = [0, 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
const BLOCKS = [0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];
const MAX_VERSION = 20;
type Grid = boolean[][];
/** Of the eight masks always the first: a secret is as good as random, so that the modules are even enough with any. */
const MASK = 0;
const masked = (x: number, y: number): boolean => (x + y) % 2 === 0;

const at = (list: readonly number[], index: number): number => list[index] ?? 0;
const bit = (value: number, index: number): boolean => ((value >>> index) & 1) === 1;

function rawBits(version: number): number {
  const aligns = version < 2 ? 0 : Math.floor(version / 7) + 2;
  const all = (16 * version + 128) * version + 64;
  return all - (aligns === 0 ? 0 : (25 * aligns - 10) * aligns - 55) - (version >= 7 ? 36 : 0);
}
const dataBytes = (version: number): number => (rawBits(version) >>> 3) - at(ECC, version) * at(BLOCKS, version);

function multiply(x: number, y: number): number {
  let z = 0;
  for (let i = 7; i >= 0; i -= 1) z = (z << 1) ^ ((z >>> 7) * 0x11d) ^ (bit(y, i) ? x : 0);
  return z;
}
function divisor(degree: number): number[] {
  const out = Array.from({ length: degree }, (_, index): number => (index === degree - 1 ? 1 : 0));
  for (let i = 0, root = 1; i < degree; i += 1, root = multiply(root, 2))
    for (let j = 0; j < degree; j += 1) out[j] = multiply(at(out, j), root) ^ at(out, j + 1);
  return out;
}
function remainder(data: readonly number[], by: readonly number[]): number[] {
  const out = by.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ (out.shift() ?? 0);
    out.push(0);
    by.forEach((value, index) => (out[index] = at(out, index) ^ multiply(value, factor)));
  }
  return out;
}

/** Mode, length, bytes, padding: the data codewords. */
function codewords(bytes: readonly number[], version: number): number[] {
  const bits: number[] = [];
  const put = (value: number, length: number): void => {
    for (let i = length - 1; i >= 0; i -= 1) bits.push((value >>> i) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, dataBytes(version) * 8 - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  const out: number[] = [];
  for (let i = 0; i < bits.length; i += 8) out.push(bits.slice(i, i + 8).reduce((value, one) => (value << 1) | one, 0));
  for (let pad = 0xec; out.length < dataBytes(version); pad ^= 0xec ^ 0x11) out.push(pad);
  return out;
}

/** Cut into blocks, each with its correction, then one byte of each in turn. */
function interleaved(data: readonly number[], version: number): number[] {
  const [raw, count, ecc] = [rawBits(version) >>> 3, at(BLOCKS, version), at(ECC, version)];
  const [short, length, by] = [count - (raw % count), Math.floor(raw / count) - ecc, divisor(ecc)];
  let start = 0;
  const blocks = Array.from({ length: count }, (_, index) => {
    const part = data.slice(start, (start += length + (index < short ? 0 : 1)));
    return { part, check: remainder(part, by) };
  });
  const out: number[] = [];
  for (let i = 0; i <= length; i += 1) for (const { part } of blocks) if (i < part.length) out.push(at(part, i));
  for (let i = 0; i < ecc; i += 1) for (const { check } of blocks) out.push(at(check, i));
  return out;
}

/** Finder, timing and alignment patterns, version; `fixed` tells where no data goes. */
function frame(version: number): { size: number; grid: Grid; fixed: Grid; set: (x: number, y: number, dark: boolean) => void } {
  const size = version * 4 + 17;
  const [grid, fixed] = [0, 1].map(() => Array.from({ length: size }, () => Array<boolean>(size).fill(false))) as [Grid, Grid];
  const set = (x: number, y: number, dark: boolean): void => {
    const [row, mark] = [grid[y], fixed[y]];
    if (row === undefined || mark === undefined || x < 0 || x >= size) return;
    [row[x], mark[x]] = [dark, true];
  };
  for (let i = 0; i < size; i += 1) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  const square = (cx: number, cy: number, reach: number): void => {
    for (let dy = -reach; dy <= reach; dy += 1)
      for (let dx = -reach; dx <= reach; dx += 1) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(cx + dx, cy + dy, reach === 4 ? ring !== 2 && ring !== 4 : ring !== 1);
      }
  };
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) square(x, y, 4); // prettier-ignore
  const count = version < 2 ? 0 : Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const places = Array.from({ length: count }, (_, index) => (index === 0 ? 6 : size - 7 - (count - 1 - index) * step));
  for (const [i, x] of places.entries())
    for (const [j, y] of places.entries())
      if (!((i === 0 && (j === 0 || j === count - 1)) || (i === count - 1 && j === 0))) square(x, y, 2);
  let rest = version;
  for (let i = 0; i < 12; i += 1) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  for (let i = 0; version >= 7 && i < 18; i += 1) {
    const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
    const dark = bit((version << 12) | rest, i);
    set(a, b, dark);
    set(b, a, dark);
  }
  return { size, grid, fixed, set };
}

function format(size: number, set: (x: number, y: number, dark: boolean) => void): void {
  const data = (1 << 3) | MASK;
  let rest = data;
  for (let i = 0; i < 10; i += 1) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  for (let i = 0; i < 15; i += 1) {
    const dark = bit(bits, i);
    if (i < 8) {
      set(8, i < 6 ? i : i + 1, dark);
      set(size - 1 - i, 8, dark);
    } else {
      set(i === 8 ? 7 : 14 - i, 8, dark);
      set(8, size - 15 + i, dark);
    }
  }
  set(8, size - 8, true);
}

/** Dark modules by row, without the quiet zone. Null: the text is too long. */
export function qrCode(text: string): Grid | null {
  const bytes = [...new TextEncoder().encode(text)];
  let version = 1;
  while (version <= MAX_VERSION && dataBytes(version) < bytes.length + (version < 10 ? 2 : 3)) version += 1;
  if (version > MAX_VERSION) return null;
  const stream = interleaved(codewords(bytes, version), version);
  const { size, grid, fixed, set } = frame(version);
  format(size, set);
  let i = 0;
  for (let right = size - 1; right >= 1; right -= right === 8 ? 3 : 2)
    for (let step = 0; step < size; step += 1)
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
        const row = grid[y];
        if (row === undefined || fixed[y]?.[x] === true) continue;
        row[x] = bit(at(stream, i >>> 3), 7 - (i & 7)) !== masked(x, y);
        i += 1;
      }
  return grid;
}
