"use strict";
// The end of a sign-in that a message extension opened: Teams closes the window and repeats what was asked for.
// In a browser of its own the page has no Teams around it, and stays.
microsoftTeams.app
  .initialize()
  .then(() => microsoftTeams.authentication.notifySuccess())
  .catch(() => undefined);
