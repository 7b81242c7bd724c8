import app from "./app.json";
import jobs from "./jobs.json";
import shared from "./shared.json";
import signIn from "./signIn.json";
import table from "./table.json";

/** The texts of the frame, of what pages share, and of the first page. */
export const texts = { app, jobs, shared, signIn, table };
