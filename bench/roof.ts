/** How many floating-point operations a second f32x4 multiplies and adds reach on their own: the roof over every kernel. */

/** Chains that do not wait for each other; with the factor they fill the 16 registers. */
const CHAINS = 15;
const UNROLLED = 4;

const [LOCAL_GET, LOCAL_SET, F32_CONST, SIMD] = [0x20, 0x21, 0x43, 0xfd];
const [SPLAT, MULTIPLY, ADD, EXTRACT_LANE, RELAXED_MADD] = [
  [0x13],
  [0xe6, 0x01],
  [0xe4, 0x01],
  [0x1f, 0],
  [0x85, 0x02],
];
const HALF = [0, 0, 0, 0x3f];

/**
 * (func (export "f") (param i32) (result f32)): repeats chain = chain · ½ + ½ that often, for all chains. All of them go
 * towards 1, so that no number is ever a denormal.
 *
 *     locals: 0 i32 turns left | 1..CHAINS v128 chains | CHAINS + 1 v128 ½
 */
function moduleBytes(relaxed: boolean): Uint8Array<ArrayBuffer> {
  const half = CHAINS + 1;
  const chains = Array.from({ length: CHAINS }, (_, i) => i + 1);
  const step = chains.flatMap((chain) => [
    ...[LOCAL_GET, chain, LOCAL_GET, half],
    ...(relaxed ? [LOCAL_GET, half, SIMD, ...RELAXED_MADD] : [SIMD, ...MULTIPLY, LOCAL_GET, half, SIMD, ...ADD]),
    ...[LOCAL_SET, chain],
  ]);
  const body = [
    ...[1, CHAINS + 1, 0x7b],
    ...[F32_CONST, ...HALF, SIMD, ...SPLAT, LOCAL_SET, half],
    ...[0x03, 0x40, ...Array.from({ length: UNROLLED }, () => step).flat()],
    // turns -= 1; if (turns) continue; end of the loop
    ...[LOCAL_GET, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...[LOCAL_GET, 1],
    ...chains.slice(1).flatMap((chain) => [LOCAL_GET, chain, SIMD, ...ADD]),
    ...[SIMD, ...EXTRACT_LANE, 0x0b],
  ];
  const section = (id: number, bytes: readonly number[]) => [id, ...leb(bytes.length), ...bytes];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

/** GF/s of one thread, the best of many short turns. `relaxed`: with relaxed_madd, where the engine takes it. */
export async function roofOf(relaxed: boolean): Promise<number> {
  const { instance } = await WebAssembly.instantiate(moduleBytes(relaxed));
  const run = instance.exports.f as (turns: number) => number;
  const turns = 20_000;
  let best = 0;
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    run(turns);
    const milliseconds = performance.now() - start;
    if (milliseconds > 0) best = Math.max(best, (turns * UNROLLED * CHAINS * 4 * 2) / milliseconds / 1e6);
  }
  return best;
}
