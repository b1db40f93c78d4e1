/**
 * What the agent says in English, in German: why a run is in its state, why a machine may not run a task, what clocks do.
 * A sentence that is not known here stays as it is.
 */
import { scheduleWords } from './schedule-words.ts';

type Words = string | ((...parts: string[]) => string);

/** Whole sentences, and how they are said. What stands in brackets is put in; sentences within sentences are translated. */
const SENTENCES: readonly (readonly [RegExp, Words])[] = [
  [/^exit code (\S+)$/, (code) => `Exit-Code ${code}`],
  [/^ended by (SIG\w+)$/, (signal) => `beendet durch ${signal}`],
  [/^it ran longer than (\d+) ms$/, (ms) => `lief länger als ${Number(ms) / 1000} s`],
  [/^cancelled$/, 'abgebrochen'],
  [/^cancelled from (.+)$/, (by) => `abgebrochen von ${by}`],
  [/^replaced by the next occurrence$/, 'durch den nächsten Termin ersetzt'],
  [/^a later occurrence runs in its place$/, 'ein späterer Termin läuft an seiner Stelle'],
  [/^the task was suspended$/, 'die Aufgabe war ausgesetzt'],
  [/^the task was deleted before it could run$/, 'die Aufgabe wurde gelöscht, bevor sie laufen konnte'],
  [/^an earlier run is still active on (.+)$/, (by) => `ein früherer Lauf ist auf ${by} noch nicht zu Ende`],
  [/^(.+) has no room for it at the moment$/, (name) => `${name} hat im Moment keinen Platz dafür`],
  [/^(\d+) occurrences of the task wait already$/, (count) => `${count} Termine der Aufgabe warten bereits`],
  [
    /^missed by (\d+) s \((\w+)\); the catch-up policy is "([\w-]+)"$/,
    (seconds, why, mode) =>
      `um ${seconds} s verpasst (${why}); die Regel für Verpasstes ist „${CATCH_UP[mode ?? ''] ?? mode}“`,
  ],
  [
    /^(\d+) of the machines that must agree cannot be reached; waiting rather than running twice$/,
    (count) =>
      `${count} der Maschinen, die zustimmen müssen, ${count === '1' ? 'ist' : 'sind'} nicht erreichbar; es wird gewartet statt zweimal ausgeführt`,
  ],
  [
    /^no machine that may run it has said anything of it: their clocks may be wrong$/,
    'keine Maschine, die es ausführen darf, hat davon gehört: ihre Uhren gehen vielleicht falsch',
  ],
  [/^it was given up by others but never ended$/, 'andere hatten ihn aufgegeben, er lief aber weiter'],
  [/^observed by (.+?): (.+)$/, (by, why) => `beobachtet von ${by}: ${germanOf(why ?? '')}`],
  [/^its machine was removed$/, 'seine Maschine wurde entfernt'],
  [/^its machine has not come back$/, 'seine Maschine ist nicht zurückgekommen'],
  [
    /^it was for one machine, which has been removed since$/,
    'war für eine Maschine bestimmt, die seither entfernt wurde',
  ],
  [/^it was noted by a machine that had been removed$/, 'vermerkt von einer Maschine, die entfernt worden war'],
  [/^this machine was removed from its cluster$/, 'diese Maschine wurde aus ihrem Cluster entfernt'],
  [/^(.+); no answer for ([\d.]+ s)$/, (why, length) => `${germanOf(why ?? '')}; keine Antwort seit ${length}`],
  [/^silent for ([\d.]+ s)$/, (length) => `${length} lang nichts gehört`],
  [/^its connection broke$/, 'ihre Verbindung brach ab'],
  [/^its connection was closed$/, 'ihre Verbindung wurde geschlossen'],
  [/^it was heard$/, 'von ihr wurde gehört'],
  [/^it left$/, 'sie hat sich abgemeldet'],
  [/^this machine$/, 'diese Maschine'],
  [/^heard from it just now$/, 'gerade von ihr gehört'],
  [/^it was shut down in order$/, 'ordentlich heruntergefahren'],
  [/^not met since this agent started$/, 'seit dem Start dieses Agenten nicht getroffen'],
  [/^there is no secret "(.+)"$/, (name) => `es gibt kein Geheimnis „${name}“`],
  [/^the secret "(.+)" is not for this task$/, (name) => `das Geheimnis „${name}“ ist nicht für diese Aufgabe`],
  [
    /^the secret "(.+)" is not sealed to (.+)$/,
    (name, machine) => `das Geheimnis „${name}“ ist nicht für ${machine} versiegelt`,
  ],
  [/^the working directory (.+) does not exist$/, (folder) => `das Arbeitsverzeichnis ${folder} gibt es nicht`],
  [/^the working directory (.+) is not a folder$/, (folder) => `das Arbeitsverzeichnis ${folder} ist kein Ordner`],
  [
    /^the working directory (.+) may not be entered$/,
    (folder) => `das Arbeitsverzeichnis ${folder} darf nicht betreten werden`,
  ],
  [/^(.+) may not be executed$/, (program) => `${program} darf nicht ausgeführt werden`],
  [/^this machine has no user "(.+)"$/, (name) => `diese Maschine hat keinen Benutzer „${name}“`],
  [/^the disk of the data folder is full$/, 'die Platte des Datenordners ist voll'],
  [
    /^the answer was (\d+), expected was (.+)$/,
    (status, wanted) => `die Antwort war ${status}, erwartet war ${wanted}`,
  ],
  [/^the body does not contain the expected text$/, 'der erwartete Text steht nicht in der Antwort'],
  // Why a machine may not run a task.
  [/^it was removed from the cluster$/, 'sie wurde aus dem Cluster entfernt'],
  [/^it has not the role "executor"$/, 'sie hat nicht die Rolle „Ausführung“'],
  [/^it is drained$/, 'sie läuft leer'],
  [/^it cannot be reached$/, 'sie ist nicht erreichbar'],
  [/^it takes no runs: (.+)$/, (why) => `sie nimmt keine Läufe an: ${germanOf(why ?? '')}`],
  [/^it has no slots$/, 'sie hat keine Plätze'],
  [/^the task is pinned to another machine$/, 'die Aufgabe ist an eine andere Maschine gebunden'],
  [
    /^its label (.+) is (.+), not (.+)$/,
    (key, is, wanted) => `ihr Merkmal ${key} ist ${is === 'not set' ? 'nicht gesetzt' : is}, nicht ${wanted}`,
  ],
  [/^its system is (.+), not (.+)$/, (is, wanted) => `ihr System ist ${known(is)}, nicht ${oder(wanted)}`],
  [/^its architecture is (.+), not (.+)$/, (is, wanted) => `ihre Architektur ist ${known(is)}, nicht ${oder(wanted)}`],
  // What clocks do.
  [
    /^clocks go forward: (.+) does not exist, runs at (.+)$/,
    (missing, runs) => `Uhren werden vorgestellt: ${missing} gibt es nicht, läuft um ${runs}`,
  ],
  [
    /^clocks go back: (.+) comes twice, runs the first time only$/,
    (time) => `Uhren werden zurückgestellt: ${time} kommt zweimal, läuft nur beim ersten Mal`,
  ],
  [
    /^clocks go back: (.+) comes twice, runs both times; this is the (first|second)$/,
    (time, which) =>
      `Uhren werden zurückgestellt: ${time} kommt zweimal, läuft beide Male; dies ist das ${which === 'first' ? 'erste' : 'zweite'}`,
  ],
  [
    /^clocks have gone (forward|back) by (.+) since the one before$/,
    (way, length) =>
      `seit dem Termin davor wurden die Uhren um ${length?.replace(/\bhours?\b/, 'h').replace(/\bminutes?\b/, 'min')} ${way === 'forward' ? 'vor' : 'zurück'}gestellt`,
  ],
];

const CATCH_UP: Readonly<Record<string, string>> = { skip: 'auslassen', latest: 'das Letzte', all: 'alles' };

/** A sentence of the agent in German, or as it was when it is not known. */
export function germanOf(text: string): string {
  for (const [pattern, words] of SENTENCES) {
    const found = pattern.exec(text);
    if (found !== null) return typeof words === 'string' ? words : words(...found.slice(1));
  }
  return scheduleWords(text) ?? text;
}

function known(text = ''): string {
  return text === 'unknown' ? 'unbekannt' : text;
}

function oder(text = ''): string {
  return text.replaceAll(' or ', ' oder ');
}
