/**
 * What people look for among runs, as the history can be asked for it: it knows tasks and machines by id, and they are
 * called by their names and tags, which only the document has.
 */
import { STORAGE } from '../config/storage.ts';
import type { MachineId, TaskId } from '../domain/ids.ts';
import type { PeerView } from '../peer/peer-view.ts';
import type { SearchWord } from '../ports/run-queries.ts';

/** @param text words between spaces; those beyond `STORAGE.searchedWords` are left out */
export function searchWords(view: PeerView, text: string): SearchWord[] {
  const words = [...new Set(text.toLowerCase().split(/\s+/))].filter((word) => word !== '');
  const found = words.slice(0, STORAGE.searchedWords).map((word) => ({
    text: word,
    taskIds: [] as TaskId[],
    machineIds: [] as MachineId[],
  }));
  for (const { id, about } of view.tasks()) {
    const names = [about.name, ...about.tags].join('\n').toLowerCase();
    for (const word of found) if (names.includes(word.text)) word.taskIds.push(id);
  }
  for (const { entry } of view.machines()) {
    const name = entry.name.toLowerCase();
    for (const word of found) if (name.includes(word.text)) word.machineIds.push(entry.id);
  }
  return found;
}
