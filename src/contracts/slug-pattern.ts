// Apart from the schema of a slug, for commands: they check a name before anything is loaded that knows schemas.

export const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

export const slugAllowed = 'lower-case letters, digits and hyphens, 1 to 63 characters';
