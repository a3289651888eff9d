/** What SIMD the WebAssembly engine of this host has. */

/** (module (func (result v128) i32.const 0 i8x16.splat)): validates only with SIMD. */
const simdProbe = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11];
/** The same with f32x4.relaxed_madd on three splats. */
const relaxedProbe = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65,
  0, 253, 15, 253, 133, 2, 11,
];

export function supportsSimd(): boolean {
  return WebAssembly.validate(Uint8Array.from(simdProbe));
}

export function supportsRelaxedSimd(): boolean {
  return WebAssembly.validate(Uint8Array.from(relaxedProbe));
}
