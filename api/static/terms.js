// What statements are said with in the page's language: asked for by what says them, so that other pages stay light.

import { texts } from "./dom.js";

/** `texts` and `{types, fields, values}` as the server renders them. */
export const terms = { ...texts, ...(await (await fetch(`/texts/${texts.lang}-terms.json`)).json()) };
