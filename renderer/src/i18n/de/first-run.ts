/** Words of the first run. */
import type { firstRun as english } from '../en/first-run.ts';

export const firstRun: typeof english = {
  title: 'Willkommen bei Carillon',
  steps: 'Schritte',
  stepName: 'Diese Maschine',
  stepCluster: 'Ihr Cluster',
  stepTask: 'Erste Aufgabe',
  back: 'Zurück',

  nameTitle: 'Wie heißt diese Maschine?',
  nameText: 'Der Name steht überall, wo eine Aufgabe läuft. Er lässt sich jederzeit ändern.',
  nameLabel: 'Name dieser Maschine',
  nameNeed: 'Der Maschine einen Namen geben, etwa „werkbank“.',
  next: 'Weiter',

  clusterTitle: 'Mit einem Cluster beginnen',
  clusterText:
    'Die Maschinen eines Clusters teilen ihre Aufgaben und vertreten einander. Eine Maschine genügt für den Anfang; andere können jederzeit beitreten.',
  createTitle: 'Einen neuen anlegen',
  createLabel: 'Name des Clusters',
  createHint: 'Für Menschen; er ist frei wählbar.',
  createNeed: 'Dem Cluster einen Namen geben, etwa „zuhause“ oder „labor“.',
  create: 'Cluster anlegen',
  creating: 'Wird angelegt …',
  nearbyTitle: 'Einem in der Nähe beitreten',
  inviteTitle: 'Mit einer Einladung beitreten',
  inviteLabel: 'Einladung',
  inviteHint: 'Auf einer Maschine jenes Clusters mit „Maschine einladen“ gemacht.',
  inviteNeed: 'Die Einladung einfügen; sie beginnt mit „carillon1“.',
  join: 'Dem Cluster beitreten',
  joining: 'Tritt bei …',
  skipCluster: 'Überspringen, nur diese Maschine',
  skipClusterText: 'Sie bekommt einen eigenen Cluster namens „{{name}}“, dem andere jederzeit beitreten können.',

  taskTitle: 'Bereit. Was soll als Erstes geschehen?',
  taskText: 'Eine Vorlage wird mit wenigen Änderungen zur Aufgabe. Vor dem Speichern läuft nichts.',
  taskBackup: 'Jede Nacht einen Ordner auf eine andere Platte kopieren',
  taskDisk: 'Warnen, wenn eine Platte fast voll ist',
  taskWebsite: 'Prüfen, ob eine Website antwortet',
  taskCertificates: 'Warnen, bevor Zertifikate ablaufen',
  taskDatabase: 'Alle paar Stunden eine Datenbank sichern',
  taskClean: 'Alte Dateien entfernen',
  scratch: 'Ohne Vorlage beginnen',
  skip: 'Überspringen, zum Überblick',
};
