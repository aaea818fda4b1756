python -m sgqlc.introspection ${MEDOID_KEY:+-H "Authorization=Bearer $MEDOID_KEY"} "$MEDOID_URL" medoid_schema.json
sgqlc-codegen schema medoid_schema.json medoid_schema.py
ariadne-codegen
