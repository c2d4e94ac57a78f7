/** Topics and sinks (`runtime-core.md` 10, 11). */
export { isJwtValid } from "./auth.js";
export { filterNames } from "./filters.js";
export { sinkKinds } from "./kinds.js";
export { createPublisher, type Delivery, internalTopics, type Publisher, type PublisherOptions } from "./publisher.js";
export { SinkConfigurationError, SinkFailure } from "./types.js";
