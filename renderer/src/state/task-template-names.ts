/** The names of the tasks to begin with, apart from their texts, so that links to them cost nothing. */
export const TEMPLATE_NAMES = ['backup', 'restic', 'disk', 'certificates', 'website', 'database', 'clean'] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];
