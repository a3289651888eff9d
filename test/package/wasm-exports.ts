/** Names of a WebAssembly module's exports, read from its bytes: an engine without relaxed SIMD cannot compile them all. */
export function wasmExports(bytes: Uint8Array): { readonly functions: string[]; readonly others: string[] } {
  let at = 8; // magic and version
  const leb = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const functions: string[] = [];
  const others: string[] = [];
  while (at < bytes.length) {
    const section = bytes[at++];
    const size = leb();
    const end = at + size;
    if (section === 7)
      for (let count = leb(); count > 0; count--) {
        const length = leb();
        const name = new TextDecoder().decode(bytes.subarray(at, at + length));
        at += length;
        const kind = bytes[at++];
        leb();
        (kind === 0 ? functions : others).push(name);
      }
    at = end;
  }
  return { functions, others };
}
