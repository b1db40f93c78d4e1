/** Node, with modules compiled as for a browser: runes are live, and there is no DOM. */
export default {
  name: 'client',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => undefined }),
};
