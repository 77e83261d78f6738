// Where the person is signed in; each of the others can be ended from here.

import { find, whenPressed } from "../dom.js";
import { ask } from "../http.js";
import { guardPage } from "../person.js";

guardPage();
for (const button of document.querySelectorAll(".end")) {
  whenPressed(button, find("main section"), async () => {
    await ask("DELETE", `/api/v1/account/sessions/${encodeURIComponent(button.dataset.session)}`);
    location.reload();
  });
}
