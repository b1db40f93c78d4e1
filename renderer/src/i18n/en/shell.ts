/** Words of the frame: the places of the console and what is everywhere. */
export const shell = {
  places: 'Places',
  overview: 'Overview',
  machines: 'Machines',
  tasks: 'Tasks',
  runs: 'Runs',
  statistics: 'Statistics',
  settings: 'Settings',
  loading: 'Loading …',
  notHere: 'There is nothing at this address.',
  toOverview: 'To the overview',
  copy: 'Copy {{what}}',
  copied: 'Copied',
  copyRefused: 'The browser did not allow copying.',
  copyByHand: 'Select the text and copy it.',
};
