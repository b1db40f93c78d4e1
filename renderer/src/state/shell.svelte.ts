/** What the frame of the page has opened over the place: one thing at a time. */

export type ShellPart = 'palette' | 'help' | 'notifications';

export class ShellState {
  #open = $state<ShellPart | undefined>();

  get open(): ShellPart | undefined {
    return this.#open;
  }

  show(part: ShellPart): void {
    this.#open = part;
  }

  toggle(part: ShellPart): void {
    this.#open = this.#open === part ? undefined : part;
  }

  /** Closes a part, unless another one has taken its place. */
  close(part: ShellPart): void {
    if (this.#open === part) this.#open = undefined;
  }
}
