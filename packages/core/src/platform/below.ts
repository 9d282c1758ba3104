/** The path of `name` in the directory `dir`, both tidy already: `join` goes through every character to tidy up. */
export function below(dir: string, name: string): string {
  return `${dir}/${name}`;
}
