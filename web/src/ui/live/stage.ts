/** Where the live view gets its scene from: whoever knows all parts says so, and three.js is loaded only then. */

import type { MakeScene } from "../../model/types";

let load: (() => Promise<MakeScene>) | null = null;

/** Set once, by the page. */
export const provideScene = (loader: () => Promise<MakeScene>) => {
  load = loader;
};

/** The scene's maker. Rejects where the page has none. */
export const loadScene = (): Promise<MakeScene> =>
  load ? load() : Promise.reject(new Error("this page has no scene"));
