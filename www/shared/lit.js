// Lit, and the directives that are used: the one place that names its version (and www/package.json).
export * from '/vendor/lit-3.3.3/index.js';
export { classMap } from '/vendor/lit-3.3.3/directives/class-map.js';
export { ifDefined } from '/vendor/lit-3.3.3/directives/if-defined.js';
export { live } from '/vendor/lit-3.3.3/directives/live.js';
export { repeat } from '/vendor/lit-3.3.3/directives/repeat.js';
