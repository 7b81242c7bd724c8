import app from "./app.json";
import job from "./job.json";
import jobs from "./jobs.json";
import model from "./model.json";
import queues from "./queues.json";
import search from "./search.json";
import shared from "./shared.json";
import signIn from "./signIn.json";
import table from "./table.json";
import upload from "./upload.json";
import viewer from "./viewer.json";

/** All English texts, by area. */
export const texts = { app, job, jobs, model, queues, search, shared, signIn, table, upload, viewer };
