import { describe, expect, it } from 'vitest';
import { debianMirror, sourceUris, templateMirror } from '../../../scripts/stack/apt.ts';

const none = () => '';

describe("finding this machine's Debian mirror", () => {
  it('reads one-line sources, with and without options, and leaves out what is commented or only source code', () => {
    const text = [
      '# deb http://old.example/debian bookworm main',
      'deb-src http://source.example/debian bookworm main',
      'deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian bookworm main',
      '  deb\thttps://second.example/debian/ bookworm-updates main',
    ].join('\n');
    expect(sourceUris('sources.list', text)).toEqual([
      'http://mirror.example/debian',
      'https://second.example/debian/',
    ]);
  });

  it('reads deb822 sources: comments, several stanzas, disabled ones, folded and several addresses', () => {
    const text = [
      'Types: deb deb-src',
      '# snapshot http://comment.example/debian',
      'URIs: http://one.example/debian',
      '  http://two.example/debian',
      'Suites: trixie',
      'Components: main',
      '',
      'Types: deb',
      'URIs: http://off.example/debian',
      'Enabled: no',
      '',
      'Types: deb-src',
      'URIs: http://source.example/debian',
    ].join('\n');
    expect(sourceUris('debian.sources', text)).toEqual([
      'http://one.example/debian',
      'http://two.example/debian',
    ]);
  });

  it('takes the main archive, not security updates nor third parties, and drops the last slash', () => {
    const uris = [
      'cdrom:[Debian]/',
      'https://packages.example/apt',
      'http://mirror.example/debian-security',
      'http://mirror.example/debian/',
    ];
    expect(debianMirror(uris, none)).toBe('http://mirror.example/debian');
  });

  it('follows a mirror list in a file', () => {
    const read = (path: string) =>
      path === '/etc/apt/mirrors/debian.list' ? 'https://cloud.example/debian\n' : '';
    expect(debianMirror(['mirror+file:/etc/apt/mirrors/debian.list'], read)).toBe(
      'https://cloud.example/debian',
    );
  });

  it('finds none among the sources of Ubuntu', () => {
    expect(
      debianMirror(['http://archive.example/ubuntu/', 'http://security.example/ubuntu'], none),
    ).toBeNull();
  });

  it("reads the mirror from python-apt's template", () => {
    expect(templateMirror('Suite: x\nBaseURI: https://mirror.example/debian/\n')).toBe(
      'https://mirror.example/debian',
    );
    expect(templateMirror('')).toBeNull();
  });
});
