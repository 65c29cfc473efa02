"use strict";
// Hands what was chosen over to Teams, which closes the window and sends it to the bot as the same person.
const form = document.getElementById("settings");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const state = new URLSearchParams(form.dataset.signed);
  for (const [name, value] of new FormData(form)) state.set(name, value);
  microsoftTeams.app
    .initialize()
    .then(() => microsoftTeams.authentication.notifySuccess(state.toString()))
    .catch(() => undefined);
});
