/**
 * The command as the user has to type it, for hints: a dependency of a project is not in the `PATH`, so
 * it needs `npx`.
 *
 * @param script the path of the running script, which for a dependency is the link that npm made
 * @param env the environment; npx and `npm exec` set `npm_command`
 */
export function ownCommand(
  script: string = process.argv[1] ?? '',
  env: NodeJS.ProcessEnv = process.env,
): string {
  const isDependency = /[\\/]node_modules[\\/]\.bin[\\/]/.test(script)
  return isDependency || env.npm_command === 'exec' ? 'npx countersign' : 'countersign'
}
