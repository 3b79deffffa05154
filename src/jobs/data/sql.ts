/** A column or table name from foreign text, quoted: the only way a name enters SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Foreign text as an SQL string, for the places where DuckDB takes no bound value (options of COPY and of table functions). */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
