/**
 * An index of the texts of runs by every three characters in a row, so that one text is found among a million at once.
 * Rows are named by due instant and id (see `run-words`), so that they are read newest first. What is there already is
 * indexed later, in slices, while the agent works: a fact tells from where on that is still to be done.
 */
import type { Migration } from './migration.ts';

export const runWords: Migration = {
  version: 7,
  apply(database) {
    database.exec(`
      create virtual table run_words using fts5(
        text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1'
      );
      insert into facts (key, value)
        select 'wordsIndexedTo', '0:' where exists (select 1 from runs where search is not null);
    `);
  },
};
