import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { file, pipeline, step, type ArtifactFile } from "zenlite";
import Database from "better-sqlite3";

/** Writes a small SQLite catalogue; a file of any size travels as an artifact in constant memory. */
export const builder = step("builder", async ({ books }: { books: readonly string[] }, context) => {
  const path = join(context.scratchFolder, "catalogue.db");
  const database = new Database(path);
  database.exec("CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL)");
  const insert = database.prepare("INSERT INTO book (title) VALUES (?)");
  for (const title of books) insert.run(title);
  database.close();
  return { catalogue: file(path) };
});

export const counter = step("counter", async ({ catalogue }: { catalogue: ArtifactFile }, context) => {
  // An input belongs to the run that made it: work on a copy, as SQLite may write beside the file.
  const path = join(context.scratchFolder, "copy.db");
  await writeFile(path, await readFile(catalogue.path));
  const database = new Database(path, { readonly: true });
  const row = database.prepare("SELECT count(*) AS books FROM book").get() as { books: number };
  database.close();
  return { report: `${row.books} books in the catalogue` };
});

export const catalogue = pipeline("catalogue", () => {
  const { catalogue } = builder({ books: ["Middlemarch", "Effi Briest", "Le Rouge et le Noir"] });
  return counter({ catalogue });
});

if (import.meta.main) await catalogue.run();
