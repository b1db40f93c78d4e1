/** Words of warnings about the cluster and its machines. */
export const warnings = {
  title: 'Warnings',
  clockAhead: 'The clock of {{name}} is {{length}} ahead.',
  clockBehind: 'The clock of {{name}} is {{length}} behind.',
  clockAdvice: 'Turn on time synchronisation (NTP) there; tasks it owns start by its clock.',
  takesNone: '{{name}} takes no runs: {{reason}}.',
  takesNoneFull: 'Free disk space there; its tasks run elsewhere until then.',
  takesNoneAdvice: 'Its tasks run elsewhere until then.',
  versions: 'The machines run different versions: {{versions}}.',
  versionsAdvice: 'Update the older ones, so that all compute the same instants.',
  fewer: 'Show fewer',
  more: '{{count}} more',
};
