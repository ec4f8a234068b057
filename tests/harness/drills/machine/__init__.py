"""The machine of a drill and what is on it: engine, resolver, certificates, and the image that a build leaves."""
