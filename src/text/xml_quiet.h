/* libxml2 as the readers use it: started once for all threads, silent, never on the network. */
#ifndef TEXT_XML_QUIET_H
#define TEXT_XML_QUIET_H

void xml_quiet_start(
    void); /* before the first use of libxml2 in a thread; cheap when called again */

/* Handlers that say nothing, for parsers that would print to stderr. */
void xml_quiet_error(void *context, const char *message, ...);

#endif
