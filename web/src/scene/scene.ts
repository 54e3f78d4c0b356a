/** The system in three dimensions. It draws what it is shown, and knows nothing else. */

import type { MakeScene } from "../model/types";

export const makeScene: MakeScene = () => {
  throw new Error("there is no scene yet");
};
