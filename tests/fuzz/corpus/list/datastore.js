#datastore
totalRecord=714.0;totalPage = 27;dataStore = ['<a href=\'/art/1\'>axb</a>',"x"]