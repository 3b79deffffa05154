import { packageModel } from './package-model.js';

export const packagingTools = [packageModel] as const;
