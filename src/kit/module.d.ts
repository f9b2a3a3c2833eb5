/** The kit as WebAssembly, in Base64. `make kit` builds it and writes module.js. */
declare const moduleBase64: string;
export default moduleBase64;
