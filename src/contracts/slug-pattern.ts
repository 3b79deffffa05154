// Apart from the schemas, for commands and the worker loop: they check a name without what knows schemas.

export const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

export const slugAllowed = 'lower-case letters, digits and hyphens, 1 to 63 characters';

export const trainingIdPattern = /^train-[a-z0-9-]{6,60}$/;
