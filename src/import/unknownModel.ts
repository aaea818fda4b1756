/** The model of texts of which the source does not say which model generated them. */
export const unknownModel = "unknown";
