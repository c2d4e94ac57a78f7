/** Facts of the build, which the bundler puts in; placeholders where nothing was bundled. */
import type { Build } from "./chalk.js";

declare const __CHALK_VERSION__: string;
declare const __CHALK_COMMIT__: string;
declare const __CHALK_BUILT__: string;

export const build: Build = {
  version: typeof __CHALK_VERSION__ === "string" ? __CHALK_VERSION__ : "0.0.0",
  commit: typeof __CHALK_COMMIT__ === "string" ? __CHALK_COMMIT__ : "",
  date: typeof __CHALK_BUILT__ === "string" ? __CHALK_BUILT__ : "",
};
