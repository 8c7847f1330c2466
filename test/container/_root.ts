/** Programs in a root of their own, made of layers as an image's is. What they write stays in the topmost. */
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'

/** A root, and what runs in it. */
export interface InRoot {
  /** Folders, the topmost first. They stay as they are. */
  readonly layers: readonly string[]
  /** Gets what is written. */
  readonly upper: string
  /** Files of this machine that are seen in it, at the same place or another. */
  readonly files?: Readonly<Record<string, string>>
  /** `UID:GID` @default '0:0' */
  readonly user?: string
  readonly cwd: string
  readonly args: readonly string[]
}

/** Mounts, then becomes the program. To be run where no other sees the mounts: in a namespace. */
const script = `
set -e
root=$1 options=$2 user=$3 cwd=$4 files=$5
shift 5
mount -t overlay overlay -o "$options" "$root"
mount --rbind /dev "$root/dev"
mount --bind /proc "$root/proc"
echo "$files" | while IFS='|' read -r outside inside; do
  [ -z "$outside" ] || mount --bind "$outside" "$root$inside"
done
exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$cwd" "$@"
`

/** An empty layer, which everybody may look into: with it a root gets its rights. */
export function newLayer(scratch: string): string {
  const layer = mkdtempSync(join(scratch, 'layer-'))
  chmodSync(layer, 0o755)
  return layer
}

/** The arguments of a command that runs a program in a root; it needs a mount namespace of its own. */
export function rootCommand(scratch: string, inRoot: InRoot): string[] {
  const { layers, upper, files = {}, user = '0:0', cwd, args } = inRoot
  const folder = mkdtempSync(join(scratch, 'mount-'))
  const [root, work] = [join(folder, 'root'), join(folder, 'work')]
  for (const path of [root, work]) mkdirSync(path)
  const options = `lowerdir=${layers.join(':')},upperdir=${upper},workdir=${work}`
  const pairs = Object.entries(files).map(([inside, outside]) => `${outside}|${inside}`)
  return ['sh', '-c', script, 'sh', root, options, user, cwd, pairs.join('\n'), ...args]
}

/** The same, in a mount namespace. */
export function rootCommandAlone(scratch: string, inRoot: InRoot): [string, ...string[]] {
  return ['unshare', '--mount', ...rootCommand(scratch, inRoot)]
}
