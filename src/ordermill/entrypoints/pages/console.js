// The page of whoever is signed in: until when, and signing out.

import { post, read } from "./session.js";

const at = (id) => document.getElementById(id);
const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const buttons = [at("out"), at("everywhere")];

let csrfToken = "";

async function show() {
  const [who, all] = await Promise.all([read("/session"), read("/sessions")]);
  if (who?.session === null) {
    // A proxy may send a token with every request.
    tell("This browser came with a token, not with a session, so there is nothing to sign out of.");
    return;
  }
  if (who === null || all === null) {
    // The server says there how to sign in.
    location.reload();
    return;
  }
  csrfToken = who.csrfToken;
  for (const [id, time] of [["since", who.session.at], ["idle", who.session.idleAt], ["latest", who.session.expiresAt]]) {
    at(id).textContent = format.format(new Date(time));
  }
  at("count").textContent = all.sessions.length === 1 ? "1, this one" : `${all.sessions.length}, this one among them`;
  at("session").hidden = false;
}

function signedOut(text) {
  at("session").hidden = true;
  at("after").hidden = false;
  at("title").textContent = text;
  at("title").focus();
}

function act(path, text) {
  return async () => {
    at("problem").hidden = true;
    for (const button of buttons) button.disabled = true;
    try {
      await post(path, csrfToken);
      signedOut(text);
    } catch (error) {
      tell(`You may still be signed in: the server did not confirm it (${error.message}). Try again.`);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  };
}

function tell(text) {
  at("problem").textContent = text;
  at("problem").hidden = false;
}

at("out").addEventListener("click", act("/sign-out", "You are signed out"));
at("everywhere").addEventListener("click", act("/sign-out/everywhere", "Everybody is signed out"));
// Kept for the Back button, the page would say what was true then.
addEventListener("pageshow", (event) => event.persisted && location.reload());
show().catch((error) => tell(`The session could not be read (${error.message}). Is the server running?`));
