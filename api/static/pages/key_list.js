// The list of keys in force, for paper.

import { find } from "../dom.js";
import { guardPage } from "../person.js";

guardPage();
find(".print").addEventListener("click", () => print());
