#include "app/listing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/vec.h"
#include "store/corpus.h"
#include "store/questions.h"
#include "store/mining.h"
#include "store/filter.h"
typedef VEC(uint32_t) Ids32;
struct Listing { Desk *d; ListOf of; ListingChanged *changed; void *context; char *filter; Ids32 ids, fresh; bool complete; char err[1000]; size_t page_first; bool asked; DocumentRows docs; ChunkRows chunks; QuestionRows questions; CandidateRows cands; size_t first, count; size_t want; };
static bool take(void *c, const uint32_t *ids, size_t n){ Listing *l=c; for(size_t i=0;i<n;i++) vec_push(&l->fresh, ids[i]); return true; }
static bool work(void *data, const Env *env, Err *err){ Listing *l=data; vec_clear(&l->fresh); return list_ids(env->store,l->of,l->filter,100,take,l,err);}
static void done(void *data, const Err *err){ Listing *l=data; if(err){snprintf(l->err,1000,"%s",err->message);} else {Ids32 t=l->ids; l->ids=l->fresh; l->fresh=t; l->count=0;} l->complete=true; l->changed(l->context);}
Listing *listing_new(Desk *d, ListOf of, ListingChanged *c, void *x){Listing *l=mem_zero(1,sizeof*l); l->d=d;l->of=of;l->changed=c;l->context=x;l->filter=mem_strdup("");return l;}
void listing_free(Listing *l){ if(!l)return; desk_forget(l->d,l); free(l);}
bool listing_check(ListOf of,const char *f,Err *e){ static const FilterOf F[]={FILTER_DOCUMENTS,FILTER_CHUNKS,FILTER_QUESTIONS,FILTER_CANDIDATES,FILTER_CANDIDATES}; return filter_check(F[of],f,e);}
void listing_renew(Listing *l){ l->complete=false; l->err[0]=0; Inquiry q={.slot=l,.work=work,.done=done,.data=l}; desk_ask(l->d,LANE_LIST,&q);}
void listing_filter(Listing *l,const char*f){free(l->filter); l->filter=mem_strdup(f); listing_renew(l);}
const char*listing_filter_text(const Listing*l){return l->filter;}
size_t listing_count(const Listing*l){return l->ids.count;}
bool listing_complete(const Listing*l){return l->complete;}
const char*listing_error(const Listing*l){return l->err[0]?l->err:NULL;}
int64_t listing_id(const Listing*l,size_t i){return i<l->ids.count?l->ids.items[i]:0;}
size_t listing_find(const Listing*l,int64_t id){for(size_t i=0;i<l->ids.count;i++) if(l->ids.items[i]==id) return i; return SIZE_MAX;}
static bool pwork(void *data,const Env*env,Err*err){Listing*l=data; int64_t ids[200]; size_t n=0; for(size_t i=l->want;i<l->ids.count&&n<200;i++) ids[n++]=l->ids.items[i]; l->first=l->want;
 switch(l->of){case LIST_DOCUMENTS: return documents_load_ids(env->store,ids,n,&l->docs,err);
 case LIST_CHUNKS:{ChunkQuery q={.statuses=15,.ids=ids,.id_count=n,.with_questions=true};return chunks_load(env->store,&q,&l->chunks,err);}
 case LIST_CANDIDATES:{CandidateQuery q={.ids=ids,.id_count=n,.with_texts=true};return candidates_load(env->store,&q,&l->cands,err);}
 default:{QuestionQuery q={.ids=ids,.id_count=n};return questions_load(env->store,&q,&l->questions,err);}}}
static void pdone(void*data,const Err*err){Listing*l=data;l->asked=false; if(err){return;} l->count=l->of==LIST_DOCUMENTS?l->docs.count:l->of==LIST_CHUNKS?l->chunks.count:l->of==LIST_CANDIDATES?l->cands.count:l->questions.count; l->changed(l->context);}
static void ask(Listing*l,size_t i){ if(l->asked)return; l->asked=true; l->want=i>100?i-100:0; Inquiry q={.work=pwork,.done=pdone,.data=l}; desk_ask(l->d,LANE_PAGE,&q);}
const void*listing_row(Listing*l,size_t i){ if(i>=l->ids.count)return NULL; if(l->count==0||i<l->first||i>=l->first+l->count){ask(l,i);return NULL;} size_t k=i-l->first; switch(l->of){case LIST_DOCUMENTS:return &l->docs.items[k];case LIST_CHUNKS:return &l->chunks.items[k];case LIST_CANDIDATES:return &l->cands.items[k];default:return &l->questions.items[k];}}
void listing_touch(Listing*l){ask(l,l->first+100);}
