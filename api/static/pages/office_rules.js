// The files of another rule set go to the server as they are, byte for byte: their hashes are what is adopted.

import "../page.js";
import { find, whenSubmitted } from "../dom.js";
import { toBase64 } from "../encoding.js";
import { ask } from "../http.js";

whenSubmitted(find("#lay-out"), async () => {
  const files = await Promise.all(
    [...find("#files").files].map(async (file) => toBase64(new Uint8Array(await file.arrayBuffer()))),
  );
  const { sha256 } = await ask("POST", "/api/v1/regulation/files", { files });
  location.assign(`/office/rules/proposed/${sha256}`);
});
