/**
 * Builds deb and rpm with the system's own `dpkg-deb` and `rpmbuild`. electron-builder asks a program named fpm for them,
 * which it would fetch from the network; this one takes the same command line, as far as electron-builder uses it:
 * `-s dir -t deb|rpm`, `-d NAME`, `--option VALUE`, and `FROM=TO` for what is packed.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

interface Asked {
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly files: readonly { readonly from: string; readonly to: string }[];
}

/** Options that stand alone. */
const FLAGS = new Set(['--force', '--debug', '--verbose']);
/** electron-builder names them as Debian does. */
const RPM_ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };
/** The program is found by its name, wherever it is installed. */
const COMMAND_FOLDER = '/usr/bin';

main(process.argv.slice(2));

function main(words: readonly string[]): void {
  const asked = read(words);
  const kind = one(asked, 't');
  if (kind !== 'deb' && kind !== 'rpm') throw new Error(`packages of the kind "${kind}" are not known here`);
  const stage = mkdtempSync(join(tmpdir(), 'carillon-pack-'));
  try {
    const tree = join(stage, 'root');
    layOut(asked, tree);
    if (kind === 'deb') buildDeb(asked, tree);
    else buildRpm(asked, tree, stage);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function read(words: readonly string[]): Asked {
  const options = new Map<string, string[]>();
  const files: { from: string; to: string }[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (FLAGS.has(word)) continue;
    const option = /^--?([a-z][a-z-]*)(?:=([\s\S]*))?$/.exec(word);
    if (option === null) {
      const split = word.lastIndexOf('=');
      files.push({ from: word.slice(0, split), to: word.slice(split + 1) });
      continue;
    }
    const [, name = '', joined] = option;
    if (joined === undefined) at += 1;
    options.set(name, [...(options.get(name) ?? []), joined ?? words[at] ?? '']);
  }
  return { options, files };
}

function layOut({ files }: Asked, tree: string): void {
  for (const { from, to } of files) {
    const target = join(tree, to.endsWith('/') ? join(to, basename(from)) : to);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(from, target, { recursive: true, verbatimSymlinks: true });
    if (statSync(from).isFile()) chmodSync(target, 0o644);
    const command = programOf(target);
    if (command !== undefined) link(tree, join(to, command));
  }
  execFileSync('chmod', ['-R', 'u+rwX,go+rX,go-w', tree]);
}

/** The program of an app's folder carries the name of its desktop entry. */
function programOf(folder: string): string | undefined {
  const name = 'carillon-desktop';
  return existsSync(join(folder, name)) && existsSync(join(folder, 'resources')) ? name : undefined;
}

function link(tree: string, target: string): void {
  mkdirSync(join(tree, COMMAND_FOLDER), { recursive: true });
  symlinkSync(join('..', '..', target), join(tree, COMMAND_FOLDER, basename(target)));
}

function buildDeb(asked: Asked, tree: string): void {
  const control = join(tree, 'DEBIAN');
  const kilobytes = execFileSync('du', ['-sk', tree], { encoding: 'utf8' }).split('\t')[0] ?? '0';
  mkdirSync(control);
  const [summary = '', ...details] = one(asked, 'description').trim().split('\n');
  const fields: readonly (readonly [string, string])[] = [
    ['Package', one(asked, 'name')],
    ['Version', one(asked, 'version')],
    ['Architecture', one(asked, 'architecture')],
    ['Maintainer', one(asked, 'maintainer')],
    ['Installed-Size', kilobytes],
    ['Depends', all(asked, 'd').join(', ')],
    ['Recommends', all(asked, 'deb-recommends').join(', ')],
    ['Section', one(asked, 'category')],
    ['Priority', one(asked, 'deb-priority')],
    ['Homepage', one(asked, 'url')],
    ['Description', [summary, ...details.map((line) => ` ${line.trim() === '' ? '.' : line.trim()}`)].join('\n')],
  ];
  const text = fields.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(control, 'control'), text.join(''));
  for (const [option, file] of [
    ['after-install', 'postinst'],
    ['after-remove', 'postrm'],
  ] as const) {
    const script = scriptOf(asked, option);
    if (script !== '') writeFileSync(join(control, file), script, { mode: 0o755 });
  }
  const compression = one(asked, 'deb-compression') || 'xz';
  const words = ['--build', '--root-owner-group', `-Z${compression}`, ...(compression === 'xz' ? ['-z3'] : [])];
  execFileSync('dpkg-deb', [...words, tree, one(asked, 'package')], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function buildRpm(asked: Asked, tree: string, stage: string): void {
  const spec = join(stage, 'package.spec');
  // Whatever carries the name of a macro of rpm is meant as it stands.
  const plain = (text: string): string => text.replaceAll('%', '%%');
  const folders = asked.files.map(({ to }) => `"${plain(to.replace(/\/$/, ''))}"`);
  writeFileSync(
    spec,
    [
      '%define _build_id_links none',
      '%define __os_install_post %{nil}',
      `%define _binary_payload ${one(asked, 'rpm-compression') === 'none' ? 'w0.gzdio' : 'w3.xzdio'}`,
      `Name: ${one(asked, 'name')}`,
      `Version: ${one(asked, 'version').replaceAll('-', '~')}`,
      'Release: 1',
      `Summary: ${plain(one(asked, 'rpm-summary') || one(asked, 'name'))}`,
      `License: ${one(asked, 'license') || 'MIT'}`,
      `URL: ${one(asked, 'url')}`,
      'AutoReqProv: no',
      ...all(asked, 'd').map((name) => `Requires: ${name}`),
      `%description\n${plain(one(asked, 'description'))}`,
      `%post\n${plain(scriptOf(asked, 'after-install'))}`,
      `%postun\n${plain(scriptOf(asked, 'after-remove'))}`,
      `%files\n${[...folders, `"${COMMAND_FOLDER}/carillon-desktop"`].join('\n')}`,
      '',
    ].join('\n'),
  );
  const defined = [`_topdir ${stage}/work`, `_rpmdir ${stage}/made`, '_rpmfilename made.rpm'];
  const architecture = one(asked, 'architecture');
  const target = RPM_ARCHITECTURES[architecture] ?? architecture;
  const words = ['-bb', '--quiet', '--target', target, '--buildroot', tree];
  execFileSync('rpmbuild', [...words, ...defined.flatMap((text) => ['--define', text]), spec], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  cpSync(join(stage, 'made', 'made.rpm'), one(asked, 'package'));
}

function scriptOf(asked: Asked, option: string): string {
  const file = one(asked, option);
  return file === '' ? '' : readFileSync(file, 'utf8');
}

function all({ options }: Asked, name: string): readonly string[] {
  return options.get(name) ?? [];
}

function one(asked: Asked, name: string): string {
  return all(asked, name).at(-1) ?? '';
}
