/** The 3D viewer: load it lazily, because three.js is as large as the rest of the application. */
export { ViewerCanvas } from "./react/ViewerCanvas";
export { type StoreyPlan, type ToolbarProps, ViewerToolbar } from "./react/ViewerToolbar";
export * from "./types";
export { Viewer } from "./Viewer";
