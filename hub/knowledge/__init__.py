"""The knowledge store: articles, search, suggestions, learning from resolved contacts. 知识库"""
