/** Bright by default, dark on request; the wish is kept in this browser. */

import { signal } from "@preact/signals";

export type Theme = "bright" | "dark";
const KEY = "ordermill.theme";

function kept(): Theme {
  try {
    return localStorage.getItem(KEY) === "dark" ? "dark" : "bright";
  } catch {
    return "bright";
  }
}

export const theme = signal<Theme>(kept());

/** Show it, and keep it where that is allowed. */
export function setTheme(wanted: Theme) {
  theme.value = wanted;
  document.documentElement.dataset.theme = wanted;
  try {
    localStorage.setItem(KEY, wanted);
  } catch {
    // Then it lasts as long as the page.
  }
}

/** As it was left. */
export const applyTheme = () => {
  document.documentElement.dataset.theme = theme.value;
};
