export { type DollarStyle, filledDocuments, plainDocuments, type TemplateDocument, type TemplateText } from './fill.ts';
export { readTemplate, type Template } from './template-folder.ts';
export { TemplateProblem } from './template-problem.ts';
export { templateVariables } from './variables.ts';
