// Reads the symbols in a picture (ImageData in, their texts out). Alone in a worker because its own policy lets it
// compile WebAssembly, which the pages' policy does not.

import { prepareZXingModule, readBarcodes } from "../vendor/zxing-wasm-3.1.4/es/reader/index.js";

const WASM = new URL("../vendor/zxing-wasm-3.1.4/reader/", import.meta.url); // never where the library looks by itself
const OPTIONS = { formats: ["DataMatrix", "QRCode", "EAN13", "Code128"], textMode: "Plain", tryHarder: true };

prepareZXingModule({ overrides: { locateFile: (name) => new URL(name, WASM).href } });

addEventListener("message", async ({ data: image, ports: [port] }) => {
  try {
    const found = await readBarcodes(image, OPTIONS);
    port.postMessage({ texts: found.filter(({ isValid }) => isValid).map(({ text }) => text) });
  } catch (error) {
    port.postMessage({ fault: String(error) });
  }
});
